;; Memory that the processor cannot foresee: each load says where the next one is, all over 16 MiB.
(module
  (memory 256 256)
  (func (export "run") (param $n i32) (result i64)
    (local $i i32) (local $at i32)
    (loop $fill
      (i32.store
        (i32.shl (local.get $i) (i32.const 2))
        (i32.shl
          (i32.and
            (i32.add (i32.mul (local.get $i) (i32.const 1664525)) (i32.const 1013904223))
            (i32.const 0x3fffff))
          (i32.const 2)))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 0x400000))))
    (local.set $i (i32.const 0))
    (loop $next
      (local.set $at (i32.load (local.get $at)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i64.extend_i32_u (local.get $at))))
