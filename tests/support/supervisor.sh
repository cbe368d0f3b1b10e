# Owns one folder, and the server that lives in it, on behalf of the tests.
#
# It outlives the test process by a moment: when the keeper is gone (its end of
# our stdin closes, or its process id disappears) the server is stopped and the
# folder removed. Nothing the test process does or fails to do can prevent that,
# not even SIGKILL.
#
# Environment: DIR     the folder, made here
#              KEEPER  "stdin", or the process id to outlive
#              RUN_AS  the user who runs the server ("" for the current one)
#              STOP    signals that stop the server, in this order
#              SERVE   shell text that becomes the server ("" for none)
#              AGAIN   whether the server starts again, once the note that it ended is removed
set -u
trap : HUP INT TERM

mkdir -m 0755 "$DIR" || exit 1
job=
if [ -n "$SERVE" ]; then
    as=
    if [ -n "$RUN_AS" ]; then
        chown "$RUN_AS" "$DIR" || exit 1
        as="setpriv --reuid=$RUN_AS --regid=$RUN_AS --init-groups"
        # The folders above may be closed to that user.
        if ! $as test -w "$DIR"; then
            rmdir "$DIR"
            exit 1
        fi
    fi
    # The group leader stays behind the server to reap it and to say that it
    # ended; its own process group lets one signal reach all of them.
    # shellcheck disable=SC2016,SC2086
    setsid $as sh -c '
        trap : TERM QUIT
        cd "$DIR" && mkdir tmp && export TMPDIR="$DIR/tmp" || exit 1
        while :; do
            (eval "$SERVE")
            echo "$?" >ended
            [ -n "${AGAIN:-}" ] || break
            while [ -e ended ]; do sleep 0.02; done
        done
    ' >"$DIR/log" 2>&1 </dev/null &
    job=$!
fi
: >"$DIR/owned"

if [ "$KEEPER" = stdin ]; then
    cat >/dev/null
else
    while kill -0 "$KEEPER" 2>/dev/null; do sleep 0.3; done
fi

if [ -n "$job" ]; then
    for signal in $STOP; do
        kill -s "$signal" -- "-$job" 2>/dev/null
    done
    tries=0
    while [ ! -e "$DIR/ended" ] && [ "$tries" -lt 60 ]; do
        case $STOP in *KILL*) break ;; esac
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -s KILL -- "-$job" 2>/dev/null
    wait "$job" 2>/dev/null
fi

# Whoever still works inside the folder was started by the tests: programs under
# test whose parent was killed.
for process in /proc/[0-9]*; do
    case $(readlink "$process/cwd" 2>/dev/null) in
        "$DIR"/*) kill -s KILL "${process#/proc/}" 2>/dev/null ;;
    esac
done
rm -rf "$DIR"
[ ! -e "$DIR" ] || { sleep 1; rm -rf "$DIR"; }
