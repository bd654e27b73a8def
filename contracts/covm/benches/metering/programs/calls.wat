;; Small functions that call each other in a loop, as a compiler of contracts writes checked arithmetic.
(module
  (func $add (param $a i64) (param $b i64) (result i64)
    (local $sum i64)
    (local.set $sum (i64.add (local.get $a) (local.get $b)))
    (if (i64.lt_s
          (i64.and (i64.xor (local.get $a) (local.get $sum)) (i64.xor (local.get $b) (local.get $sum)))
          (i64.const 0))
      (then unreachable))
    (local.get $sum))
  (func $half (param $a i64) (result i64)
    (i64.div_s (call $add (local.get $a) (i64.const 1)) (i64.const 2)))
  (func (export "run") (param $n i32) (result i64)
    (local $i i32) (local $x i64)
    (loop $next
      (local.set $x (call $half (call $add (local.get $x) (i64.extend_i32_u (local.get $i)))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $x)))
