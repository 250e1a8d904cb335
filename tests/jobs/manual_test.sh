#!/usr/bin/env bash
# manual_test.sh PROGRAM: the manual page holds every command and option that --help tells, and is sound roff where groff
# is there to say so; bash completes commands, options, words and files with the script made from the same table.
set -uo pipefail

program=$(realpath "${1:?usage: manual_test.sh PROGRAM}")
failed=0 checks=0
check() { # check WHAT CONDITION...
  checks=$((checks + 1))
  if ! "${@:2}"; then
    failed=$((failed + 1))
    echo "FAILED: $1"
  fi
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

"$program" --man >page || exit 1
"$program" --completion >completion || exit 1
mapfile -t commands < <("$program" --help | sed -n 's/^  \([a-z]*\)  *.*/\1/p')
check "commands are found: ${#commands[@]}" [ "${#commands[@]}" -ge 11 ]
for command in "${commands[@]}"; do
  check "$command has its part" grep -qx "\.SS $command" page
  # Between the command's heading and the next; hyphens are written as \-.
  part=$(sed -n "/^\.SS $command\$/,/^\.S[SH] /p" page | sed 's/\\-/-/g'; sed -n '/^\.SH OPTIONS OF/,$p' page | sed 's/\\-/-/g')
  for option in $("$program" "$command" --help | sed -n 's/^  --\([a-z-]*\).*/\1/p'); do
    check "$command: --$option is told of" grep -qE "^\.B --$option( |\$)" <<<"$part"
  done
done
if command -v groff >/dev/null; then
  check "groff has nothing to say: $(groff -ww -man -Tutf8 page 2>&1 >/dev/null | head -3)" \
    [ -z "$(groff -ww -man -Tutf8 page 2>&1 >/dev/null)" ]
else
  echo "NOT SHOWN: groff is not installed"
fi

# completes WORDS... = EXPECTED...: of the last word.
completes() {
  local words=() expected
  while [[ $1 != = ]]; do words+=("$1") && shift; done
  expected="${*:2}"
  local got
  got=$(bash -c 'source ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _colonnade; echo "${COMPREPLY[*]}"' _ "${words[@]}")
  check "${words[*]}: $got instead of $expected" [ "$got" = "$expected" ]
}
touch "a file.nc"
completes colonnade pre = prepare predict
completes colonnade train --prec = --precision
completes colonnade prepare --layout "" = flat levels
completes colonnade train --loss m = mse mae
completes colonnade inspect a = "a file.nc"
completes colonnade train --out a = "a file.nc"
completes colonnade synth --fi = --files
echo "$checks checks, $failed failed"
((failed == 0 && checks > 150))
