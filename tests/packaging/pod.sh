#!/usr/bin/env bash
# Runs a pod's container and asks it what Kubernetes and AWS KMS ask. In a mount and a
# network namespace of its own:
#
#   unshare --mount --net --propagation private bash pod.sh FOLDER TOOLS IMAGE BINARY SYSCTL...
#
# FOLDER has `options` for podman and `arguments` of the container, one a line, and the
# folders `volumes` and `trial`.
set -euo pipefail
folder=$1 tools=$2 image=$3 binary=$4
shift 4
mapfile -t options <"$folder/options"
mapfile -t arguments <"$folder/arguments"
ip link set lo up
for sysctl in "$@"; do sysctl --quiet --write "$sysctl"; done
# crun takes one kind of control groups or the other.
! mountpoint --quiet /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified

files=$(ulimit -Hn)
# The same folders as ever: podman remembers them.
podman() { command podman --root "$tools/containers" --runroot "$tools/containers.run" --tmpdir "$tools/containers.tmp" --storage-driver overlay "$@"; }
run() {
    podman run --rm --pull=never --runtime=crun --cgroups=disabled --network=host --log-driver=none \
        --ulimit="nofile=$((files < 65536 ? files : 65536))" --ulimit=nproc=4096:4096 "${options[@]}" "$@"
}
fail() { echo "$*" >&2 && cat "$folder/log" >&2 && exit 1; }
config=/etc/claviger/config/claviger.toml
# until WHAT COMMAND...: within ten seconds.
until_() {
    local what=$1 end=$((SECONDS + 10))
    shift
    until "$@"; do
        ((SECONDS < end)) || fail "not within ten seconds: $what"
        sleep 0.05
    done
}
answers() { [ "$(curl --silent --noproxy '*' --max-time 5 --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:8080$1")" = "$2" ]; }

: >"$folder/log"
# What a test that was ended has left.
podman rm --force --ignore host >/dev/null
run "$image" key create --config "$config" --key-store payments billing-2026 >>"$folder/log" 2>&1 || fail "key create"
run --name host "$image" "${arguments[@]}" >>"$folder/log" 2>&1 &
host=$!
until_ "it lives" answers /healthz 200
until_ "it is ready" answers /readyz 200

# What AWS KMS asks, as the chart's key store has it.
printf '{"AccessKeyId": "CLAVIGEREXAMPLEKEYID234", "RawSecretAccessKey": "%s"}' "$(cat "$folder/trial/credentials/demo.secret")" >"$folder/credential"
chmod 0600 "$folder/credential"
"$binary" doctor https://localhost --resolve localhost=127.0.0.1:443 --uri-path /payments-7cq2/kms/xks/v1 \
    --credential-file "$folder/credential" --key billing-2026 --ca-file "$folder/trial/ca.pem" \
    --principal arn:aws:iam::111122223333:role/app >"$folder/doctor" || true
grep -q '^E01 ok' "$folder/doctor" || { cat "$folder/doctor"; fail "the doctor"; }

# Another ConfigMap, as the kubelet puts it there.
volume=$folder/volumes/config
cp --archive "$volume/..2026_11_29_00_00_00.1" "$volume/..2026_11_29_00_00_01.2"
sed -i 's/level = "info"/level = "info" # changed/; s/default = "deny"/default = "allow"/' "$volume/..2026_11_29_00_00_01.2/claviger.toml"
ln -s ..2026_11_29_00_00_01.2 "$volume/..data_tmp"
mv -T "$volume/..data_tmp" "$volume/..data"
generation() { podman exec host /usr/bin/claviger status --config "$config" --json | grep -q '"generation": *2'; }
until_ "a changed ConfigMap is taken up" generation

# The end, as Kubernetes makes it: SIGTERM, and the service goes on for a while.
podman kill --signal=TERM host >/dev/null
until_ "it says that it stops" answers /readyz 503
[ "$(curl --silent --noproxy '*' --cacert "$folder/trial/ca.pem" --output /dev/null --write-out '%{http_code}' https://localhost/)" = 404 ] ||
    fail "it does not serve on in its lame duck"
status=0
wait "$host" || status=$?
((status == 0)) || fail "it ends with $status"
! grep -qE 'denied|not permitted|read-only' "$folder/log" || fail "something is forbidden"
