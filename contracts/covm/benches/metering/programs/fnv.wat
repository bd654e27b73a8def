;; Hashing byte by byte: FNV-1a over memory.
(module
  (memory 16 16)
  (func (export "run") (param $n i32) (result i64)
    (local $i i32) (local $hash i64)
    (local.set $hash (i64.const 0xcbf29ce484222325))
    (loop $next
      (local.set $hash
        (i64.mul
          (i64.xor (local.get $hash) (i64.load8_u (i32.and (local.get $i) (i32.const 0xfffff))))
          (i64.const 0x100000001b3)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $hash)))
