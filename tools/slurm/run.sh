#!/bin/sh
# Runs the jobs of this folder under Slurm on this machine alone, on small data, and compares what comes of them:
#   tools/slurm/run.sh        as root, with slurm-wlm and munge from apt; packages are found by R_LIBS
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for program in slurmctld slurmd munged srun sbatch; do
  command -v "$program" >/dev/null || { echo "slurm: '$program' is not here, so that its jobs are not run"; exit 0; }
done
work=$(mktemp -d)
cd "$work"
mkdir state spool
started=
stop() {
  # shellcheck disable=SC2086  # numbers of processes
  kill $started 2>/dev/null || true
  # shellcheck disable=SC2086
  wait $started 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT
dd if=/dev/urandom of=munge.key bs=1 count=1024 2>/dev/null
chown munge: "$work" munge.key
chmod 755 "$work"
chmod 400 munge.key
runuser -u munge -- munged -F --key-file "$work/munge.key" --socket "$work/munge.socket" --pid-file "$work/munge.pid" \
  --log-file "$work/munge.log" --seed-file "$work/munge.seed" 2>/dev/null &
started="$started $!"
host=$(hostname -s)
cat >slurm.conf <<C
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/ctld.pid
SlurmdPidFile=$work/d.pid
SlurmctldLogFile=$work/ctld.log
SlurmdLogFile=$work/d.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 RealMemory=2000 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
C
export SLURM_CONF="$work/slurm.conf"
sleep 2
slurmctld -D -f "$SLURM_CONF" 2>/dev/null & started="$started $!"
slurmd -D -f "$SLURM_CONF" 2>/dev/null & started="$started $!"
for _ in $(seq 60); do sinfo -h -o %T 2>/dev/null | grep -q idle && break; sleep 1; done
sinfo

export NMF_DATA="$work/cells.h5" NMF_MODEL=T/Po/3 TMPDIR="$work"
Rscript "$here/small-data.R" "$NMF_DATA"
wait_for() { sbatch --wait --export=ALL --output="$work/%x.%j.out" "$@" >/dev/null || { cat "$work"/*.out; exit 1; }; }
wait_for "$here/one-node.R"
wait_for "$here/several-nodes.R"
same() {
  Rscript -e 'fits <- lapply(commandArgs(TRUE), readRDS)' \
    -e 'same <- identical(fits[[1]][c("W", "H")], fits[[2]][c("W", "H")])' \
    -e 'cat(commandArgs(TRUE), if (same) "have the same bits\n" else "differ\n"); quit(status = !same)' "$@"
}
same one-node.rds several-nodes.rds
if srun --mpi=list 2>&1 | grep -q pmix && Rscript -e 'quit(status = !requireNamespace("Rmpi", quietly = TRUE))'; then
  mkdir jobs && cp "$here/mpi-fit.R" "$here/../cluster/mpi.R" jobs
  NMF_JOBS=$work/jobs OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 wait_for "$here/mpi.sh"
  same one-node.rds mpi.rds
else
  echo "slurm: no pmix or no Rmpi, so that the job of MPI is not run"
fi
wait_for "$here/ranks.R"
wait_for "$here/ranks-done.R"
tail -n +1 "$work"/ranks-done*.out
