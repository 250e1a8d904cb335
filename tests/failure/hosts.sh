# shellcheck shell=bash
# Sourced by hosts_test.sh: three hosts of network namespaces. Each has two links, to a switch for the daemons of mpirun
# (10.173.0.HOST) and to another for MPI (10.173.1.HOST), a name of its own, and nothing in common with this machine's network.

space=colonnade-$$
hosts=(1 2 3)

hosts_up() {
  local host net
  ip netns add "$space-switch" || return
  for net in 0 1; do
    ip -n "$space-switch" link add "net$net" type bridge && ip -n "$space-switch" link set "net$net" up || return
  done
  for host in "${hosts[@]}"; do
    ip netns add "$space-$host" && ip -n "$space-$host" link set lo up || return
    for net in 0 1; do
      ip -n "$space-switch" link add "port$net-$host" type veth peer name "eth$net" netns "$space-$host" &&
        ip -n "$space-switch" link set "port$net-$host" master "net$net" up &&
        ip -n "$space-$host" addr add "10.173.$net.$host/24" dev "eth$net" &&
        ip -n "$space-$host" link set "eth$net" up || return
    done
  done
}

hosts_down() {
  local name
  for name in "${hosts[@]}" switch; do
    ip netns pids "$space-$name" 2>/dev/null | xargs -r kill -9
    ip netns del "$space-$name" 2>/dev/null
  done
}

# write_agent FILE: what mpirun starts its daemons with, as it would with ssh: FILE 10.173.0.HOST COMMAND...
write_agent() {
  cat >"$1" <<END
#!/bin/bash
name=$space-\${1##*.}
exec ip netns exec "\$name" unshare --uts bash -c 'hostname "\$0" && exec bash -c "\$1"' "\$name" "\${*:2}"
END
  chmod +x "$1"
}

# link up|down HOST NETS...: at the switch, as when a cable is pulled.
link() {
  local net
  for net in "${@:3}"; do ip -n "$space-switch" link set "port$net-$2" "$1"; done
}

# sent_bytes HOST NET
sent_bytes() { ip netns exec "$space-$1" cat "/sys/class/net/eth$2/statistics/tx_bytes"; }
