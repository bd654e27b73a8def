;; The three calls, on the interface of cosmwasm-vm. A region is offset, capacity and length, 32 bits each; numbers have 128 bits.
;;
;; The first byte of a message says which call: 0 nothing, 1 give, 2 keep. Then, from 8, the number that is given or added, and
;; from 24 the recipient's name (give) or how many entries there are (keep).
(module
  (import "env" "db_read" (func $db_read (param i32) (result i32)))
  (import "env" "db_write" (func $db_write (param i32 i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 4096))

  ;; Regions of the sender's, the recipient's and an entry's key, of a value, and of the two answers.
  (data (i32.const 16) "\00\01\00\00\00\01\00\00\00\00\00\00")
  (data (i32.const 32) "\00\02\00\00\00\01\00\00\00\00\00\00")
  (data (i32.const 48) "\00\03\00\00\0d\00\00\00\0d\00\00\00")
  (data (i32.const 64) "\40\03\00\00\10\00\00\00\10\00\00\00")
  (data (i32.const 80) "\00\04\00\00\3e\00\00\00\3e\00\00\00")
  (data (i32.const 96) "\80\04\00\00\16\00\00\00\16\00\00\00")
  (data (i32.const 256) "balance/")
  (data (i32.const 512) "balance/")
  (data (i32.const 768) "kept/")
  (data (i32.const 1024) "{\22ok\22:{\22messages\22:[],\22attributes\22:[],\22events\22:[],\22data\22:null}}")
  (data (i32.const 1152) "{\22error\22:\22not enough\22}")

  (func (export "interface_version_8"))
  (func (export "deallocate") (param i32))
  (func (export "instantiate") (param i32 i32 i32) (result i32) (i32.const 80))

  ;; A new region; what is given back is not used again, as an instance lives for one call.
  (func (export "allocate") (param $size i32) (result i32)
    (local $region i32)
    (local.set $region (global.get $free))
    (i32.store (local.get $region) (i32.add (local.get $region) (i32.const 12)))
    (i32.store offset=4 (local.get $region) (local.get $size))
    (global.set $free
      (i32.and (i32.add (i32.add (local.get $region) (local.get $size)) (i32.const 19)) (i32.const -8)))
    (local.get $region))

  (func (export "execute") (param $env i32) (param $info i32) (param $msg i32) (result i32)
    (local $call i32)
    (local.set $call (i32.load8_u (i32.load (local.get $msg))))
    (if (i32.eq (local.get $call) (i32.const 1)) (then (return (call $give (local.get $info) (local.get $msg)))))
    (if (i32.eq (local.get $call) (i32.const 2)) (then (return (call $keep (i32.load (local.get $msg))))))
    (i32.const 80))

  ;; Where the value of a key is; of a key that is not there, the sixteen zeros at 1280.
  (func $read (param $key i32) (result i32)
    (local $region i32)
    (local.set $region (call $db_read (local.get $key)))
    (if (result i32) (local.get $region) (then (i32.load (local.get $region))) (else (i32.const 1280))))

  (func $write (param $key i32) (param $low i64) (param $high i64)
    (i64.store (i32.const 832) (local.get $low))
    (i64.store (i32.const 840) (local.get $high))
    (call $db_write (local.get $key) (i32.const 64)))

  ;; Makes the key of a balance from the prefix that is in its region and a name.
  (func $name (param $key i32) (param $from i32) (param $length i32)
    (local $to i32) (local $end i32)
    (local.set $to (i32.add (i32.load (local.get $key)) (i32.const 8)))
    (local.set $end (i32.add (local.get $from) (local.get $length)))
    (i32.store offset=8 (local.get $key) (i32.add (local.get $length) (i32.const 8)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (br $next))))

  ;; The length of a text that ends with a quotation mark.
  (func $quoted (param $from i32) (result i32)
    (local $at i32)
    (local.set $at (local.get $from))
    (block $done
      (loop $next
        (br_if $done (i32.eq (i32.load8_u (local.get $at)) (i32.const 34)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $at) (local.get $from)))

  ;; The sender is in the info, which begins {"sender":"
  (func $give (param $info i32) (param $msg i32) (result i32)
    (local $data i32) (local $has i32) (local $gets i32)
    (local $low i64) (local $high i64) (local $has_low i64) (local $has_high i64) (local $gets_low i64) (local $gets_high i64)
    (local.set $data (i32.add (i32.load (local.get $info)) (i32.const 11)))
    (call $name (i32.const 16) (local.get $data) (call $quoted (local.get $data)))
    (local.set $data (i32.load (local.get $msg)))
    (call $name (i32.const 32)
      (i32.add (local.get $data) (i32.const 24)) (i32.sub (i32.load offset=8 (local.get $msg)) (i32.const 24)))
    (local.set $low (i64.load offset=8 (local.get $data)))
    (local.set $high (i64.load offset=16 (local.get $data)))
    (local.set $has (call $read (i32.const 16)))
    (local.set $gets (call $read (i32.const 32)))
    (local.set $has_low (i64.load (local.get $has)))
    (local.set $has_high (i64.load offset=8 (local.get $has)))
    (if (i32.or
          (i64.lt_u (local.get $has_high) (local.get $high))
          (i32.and
            (i64.eq (local.get $has_high) (local.get $high))
            (i64.lt_u (local.get $has_low) (local.get $low))))
      (then (return (i32.const 96))))
    (local.set $gets_low (i64.add (i64.load (local.get $gets)) (local.get $low)))
    (local.set $gets_high
      (i64.add
        (i64.add (i64.load offset=8 (local.get $gets)) (local.get $high))
        (i64.extend_i32_u (i64.lt_u (local.get $gets_low) (local.get $low)))))
    (if (i64.lt_u (local.get $gets_high) (local.get $high)) (then (return (i32.const 96))))
    (call $write (i32.const 16)
      (i64.sub (local.get $has_low) (local.get $low))
      (i64.sub
        (i64.sub (local.get $has_high) (local.get $high))
        (i64.extend_i32_u (i64.lt_u (local.get $has_low) (local.get $low)))))
    (call $write (i32.const 32) (local.get $gets_low) (local.get $gets_high))
    (i32.const 80))

  ;; Adds the number to each entry.
  (func $keep (param $data i32) (result i32)
    (local $entry i64) (local $entries i64) (local $value i32) (local $low i64)
    (local.set $entries (i64.load offset=24 (local.get $data)))
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $entry) (local.get $entries)))
        (i64.store (i32.const 773) (local.get $entry))
        (local.set $value (call $read (i32.const 48)))
        (local.set $low (i64.add (i64.load (local.get $value)) (i64.load offset=8 (local.get $data))))
        (call $write (i32.const 48)
          (local.get $low)
          (i64.add
            (i64.add (i64.load offset=8 (local.get $value)) (i64.load offset=16 (local.get $data)))
            (i64.extend_i32_u (i64.lt_u (local.get $low) (i64.load offset=8 (local.get $data))))))
        (local.set $entry (i64.add (local.get $entry) (i64.const 1)))
        (br $next)))
    (i32.const 80)))
