;; Calls through the table, as an interpreter or a trait object makes them.
(module
  (type $op (func (param i64) (result i64)))
  (table 4 4 funcref)
  (elem (i32.const 0) $plus $times $turn $mix)
  (func $plus (param i64) (result i64) (i64.add (local.get 0) (i64.const 7)))
  (func $times (param i64) (result i64) (i64.mul (local.get 0) (i64.const 31)))
  (func $turn (param i64) (result i64) (i64.rotl (local.get 0) (i64.const 13)))
  (func $mix (param i64) (result i64) (i64.xor (local.get 0) (i64.shr_u (local.get 0) (i64.const 3))))
  (func (export "run") (param $n i32) (result i64)
    (local $i i32) (local $x i64)
    (loop $next
      (local.set $x (call_indirect (type $op) (local.get $x) (i32.and (local.get $i) (i32.const 3))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $x)))
