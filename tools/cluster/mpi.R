# The ranks of an MPI job as a cluster: the first one gets it, the others serve it until it is stopped, and end there.
# Two things make the nodes of snow slow. Each message costs Rmpi a gc(), 0.1 s of CPU where packages are loaded. And a
# rank that waits as MPI does takes a core: where there are fewer of them than ranks, who works gets a share of one. So
# these nodes send without gc(), and look for a message once in a millisecond.
mpi_cluster <- function() {
  own_rank <- Rmpi::mpi.comm.rank(0)                      # loads MPI
  send <- function(node, data) {
    Rmpi::mpi.send(serialize(data, NULL), type = 4, dest = node$rank, tag = node$SENDTAG, comm = node$comm)
  }
  receive <- function(node) {
    while (!Rmpi::mpi.iprobe(node$rank, node$RECVTAG, node$comm)) Sys.sleep(0.001)
    Rmpi::mpi.recv.Robj(node$rank, node$RECVTAG, node$comm)
  }
  for (package in c("snow", "parallel")) {
    registerS3method("sendData", "quiet_node", send, asNamespace(package))
    registerS3method("recvData", "quiet_node", receive, asNamespace(package))
  }
  quiet <- function(node) structure(node, class = c("quiet_node", class(node)))
  if (own_rank > 0) {
    sink("/dev/null")                                     # snow tells of each message
    snow::workLoop(quiet(snow::makeMPImaster()))
    Rmpi::mpi.finalize()
    quit("no")
  }
  cluster <- snow::makeMPIcluster()
  for (i in seq_along(cluster)) cluster[[i]] <- quiet(cluster[[i]])
  cluster
}
