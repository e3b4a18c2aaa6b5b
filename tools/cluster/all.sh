#!/bin/sh
# All that is known of clusters, tried on this machine alone; it tells what it left out for want of programs:
#   tools/cluster/all.sh [kills]      packages are found by R_LIBS, `tools/setup.sh cluster` brings what it can
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
kills=${1:-20}
failed='' skipped=''
try() {  # try NAME COMMAND...
  name=$1; shift
  echo "== $name"
  timeout 900 "$@" || failed="$failed $name;"
}
skip() { echo "== $1: left out, $2"; skipped="$skipped $1 ($2);"; }
installed() { Rscript -e 'quit(status = !all(vapply(commandArgs(TRUE), requireNamespace, NA, quietly = TRUE)))' "$@" \
  >/dev/null 2>&1; }
programs() { for program in "$@"; do command -v "$program" >/dev/null || return 1; done; }

for workers in 2 3; do try "$workers sockets" Rscript tools/cluster/fit.R $workers; done

if installed mirai; then try 'mirai' Rscript tools/cluster/fit.R 2 mirai
else skip 'mirai' 'no package mirai'; fi

if programs mpirun && installed Rmpi snow; then
  # OpenMPI asks twice before it works for root, and wants a core for each rank
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
  try 'MPI' mpirun -n 3 Rscript tools/cluster/fit.R 2 mpi
else skip 'MPI' 'no mpirun, or no packages Rmpi and snow that load'; fi

if ! programs slurmctld slurmd munged srun sbatch; then skip 'Slurm' 'its programs are not installed'
elif [ "$(id -u)" != 0 ]; then skip 'Slurm' 'its daemons are started by root'
elif ! installed mirai rhdf5; then skip 'Slurm' 'no packages mirai and rhdf5'
else try 'Slurm' tools/slurm/run.sh; fi

try "$kills kills" Rscript tools/cluster.R "$kills"

echo "left out:${skipped:- nothing}"
echo "failed:${failed:- nothing}"
[ -z "$failed" ]
