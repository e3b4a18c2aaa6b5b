#!/bin/sh
#SBATCH --ntasks=3
#SBATCH --time=12:00:00
# One fit by the ranks of MPI, which Slurm starts on as many machines as it likes: the first gives work to the others.
srun --mpi=pmix Rscript "${NMF_JOBS:-.}/mpi-fit.R"
