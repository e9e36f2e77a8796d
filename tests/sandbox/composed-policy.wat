;; A policy of two components. What the first says is copied from its memory into the
;; memory of the second by a function that the engine makes.
(component
  (component $words
    (core module $m
      (memory (export "memory") 1)
      (data (i32.const 16) "asked for ")
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
      ;; "asked for " and the name that came.
      (func (export "say") (param $name i32) (param $length i32) (result i32)
        (memory.copy (i32.const 26) (local.get $name) (local.get $length))
        (i32.store (i32.const 0) (i32.const 16))
        (i32.store (i32.const 4) (i32.add (i32.const 10) (local.get $length)))
        (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "say") (param "name" string) (result string)
      (canon lift (core func $i "say")
        (memory $i "memory") (realloc (func $i "realloc")))))

  (component $policy
    (import "say" (func $say (param "name" string) (result string)))

    (type $fault-type
      (record (field "path" string) (field "problem" string) (field "fix" string)))
    (export $fault "fault" (type $fault-type))
    (type $description-type (record
      (field "name" string)
      (field "version" string)
      (field "vendor" string)
      (field "settings-schema" (option string))))
    (export $description "description" (type $description-type))
    (type $operation-type (enum "get-key-metadata" "encrypt" "decrypt"))
    (export $operation "xks-operation" (type $operation-type))
    (type $context-type (record
      (field "now" u64)
      (field "key-store" string)
      (field "operation" $operation)
      (field "external-key-id" string)
      (field "access-key-id" string)
      (field "aws-principal-arn" string)
      (field "kms-operation" string)
      (field "kms-request-id" string)
      (field "kms-key-arn" (option string))
      (field "aws-source-vpc" (option string))
      (field "aws-source-vpce" (option string))
      (field "kms-via-service" (option string))
      (field "unknown-fields" (list (tuple string string)))))
    (export $context "request-context" (type $context-type))
    (type $grounds-type (record (field "statements" (list string)) (field "reason" string)))
    (export $grounds "grounds" (type $grounds-type))
    (type $decision-type
      (variant (case "allow" $grounds) (case "deny" $grounds) (case "abstain")))
    (export $decision "decision" (type $decision-type))
    (type $verdict-type (record (field "decision" $decision) (field "fresh-for-ms" u32)))
    (export $verdict "verdict" (type $verdict-type))

    ;; Memory that is given out piece by piece, and taken back after each call.
    (core module $memory
      (memory (export "memory") 1)
      (global $next (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $here i32)
        (local.set $here
          (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.set $next (i32.add (local.get $here) (local.get 3)))
        (local.get $here))
      (func (export "reset") (param i32) (global.set $next (i32.const 1024))))
    (core instance $memory (instantiate $memory))
    (core func $say (canon lower (func $say)
      (memory $memory "memory") (realloc (func $memory "realloc"))))

    (core module $m
      (import "memory" "memory" (memory 1))
      (import "words" "say" (func $say (param i32 i32 i32)))
      (data (i32.const 256) "composed1")
      ;; its name is "composed", and version and vendor are "1"
      (func (export "describe") (result i32)
        (i32.store (i32.const 320) (i32.const 256))
        (i32.store (i32.const 324) (i32.const 8))
        (i32.store (i32.const 328) (i32.const 264))
        (i32.store (i32.const 332) (i32.const 1))
        (i32.store (i32.const 336) (i32.const 264))
        (i32.store (i32.const 340) (i32.const 1))
        (i32.store8 (i32.const 344) (i32.const 0))
        (i32.const 320))
      ;; ok
      (func (export "configure") (param i32 i32) (result i32)
        (i32.store8 (i32.const 64) (i32.const 0))
        (i32.const 64))
      ;; allow, with what the other component says of the name of the key store
      (func (export "authorize") (param $context i32) (result i32)
        (call $say
          (i32.load offset=8 (local.get $context))
          (i32.load offset=12 (local.get $context))
          (i32.const 128))
        (i32.store8 (i32.const 192) (i32.const 0))
        (i32.store offset=4 (i32.const 192) (i32.const 128))
        (i32.store offset=8 (i32.const 192) (i32.const 1))
        (i64.store offset=12 (i32.const 192) (i64.load (i32.const 128)))
        (i32.store offset=20 (i32.const 192) (i32.const 0))
        (i32.const 192)))
    (core instance $m (instantiate $m
      (with "memory" (instance $memory))
      (with "words" (instance (export "say" (func $say))))))

    (func (export "describe") (result $description)
      (canon lift (core func $m "describe") (memory $memory "memory")))
    (func (export "validate") (param "settings" string) (result (result (error (list $fault))))
      (canon lift (core func $m "configure") (memory $memory "memory")
        (realloc (func $memory "realloc")) (post-return (func $memory "reset"))))
    (func (export "configure") (param "settings" string) (result (result (error (list $fault))))
      (canon lift (core func $m "configure") (memory $memory "memory")
        (realloc (func $memory "realloc")) (post-return (func $memory "reset"))))
    (func (export "authorize") (param "context" $context) (result $verdict)
      (canon lift (core func $m "authorize") (memory $memory "memory")
        (realloc (func $memory "realloc")) (post-return (func $memory "reset")))))

  (instance $words (instantiate $words))
  (instance $policy (instantiate $policy (with "say" (func $words "say"))))
  (instance $lifecycle
    (export "fault" (type $policy "fault"))
    (export "description" (type $policy "description"))
    (export "describe" (func $policy "describe"))
    (export "validate" (func $policy "validate"))
    (export "configure" (func $policy "configure")))
  (instance $authorization
    (export "xks-operation" (type $policy "xks-operation"))
    (export "request-context" (type $policy "request-context"))
    (export "grounds" (type $policy "grounds"))
    (export "decision" (type $policy "decision"))
    (export "verdict" (type $policy "verdict"))
    (export "authorize" (func $policy "authorize")))
  (export "claviger:plugin/lifecycle@0.1.0" (instance $lifecycle))
  (export "claviger:plugin/authorization@0.1.0" (instance $authorization)))
