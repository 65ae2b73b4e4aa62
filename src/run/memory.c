/* What a flow takes, as against what the machine and its control group have. */
#include <limits.h>
#include <unistd.h>
#include <math.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/monitorimpl.h>
#include <jko/private/runimpl.h>
#include <jko/private/sinkhornimpl.h>

#define MEMORY_RANK   46e6 /* bytes of a rank before it has a cell: PETSc, MPI, HDF5 */
#define MEMORY_LEAST  24   /* doubles per cell and density of the shortest flow, without differences of iterates */
#define MEMORY_COARSE 12   /* likewise of the first coarser grid, times its share of the cells */
/* Likewise, of what not every flow has; as measured. */
#define MEMORY_UNBIASED  27
#define MEMORY_SDIRK     12
#define MEMORY_TRANSPORT 27
#define MEMORY_FILES     3

/* Doubles per cell of the elliptic solver, in 1-D with a factorisation, beyond with multigrid. */
static const PetscReal Elliptic[] = {0, 76, 44, 28};

/* Likewise of the convolution that the interactions of a flow share, its axes padded to twice their length. */
static PetscReal ConvolutionMemory(Energy energy, PetscInt dim)
{
  for (PetscInt i = 0; i < energy->count; i++)
    if (!strcmp(((PetscObject)energy->term[i])->type_name, ENERGYINTERACTION)) return 3 + 2 * PetscPowRealInt(2, (int)dim);
  return 0;
}

/* Doubles per cell and density that the flow takes, of the step solver that it has or is asked for. Collective; after
   RunSetFromOptions(). */
static PetscErrorCode RunGetCellMemory(Run run, PetscReal *doubles)
{
  const JKO      jko    = run->jko;
  const Sinkhorn s      = jko->sinkhorn;
  const char    *scheme = ((PetscObject)jko)->type_name, *solver = ((PetscObject)s)->type_name;
  PetscInt       dim;

  PetscFunctionBegin;
  PetscCall(GridGetDimension(run->grid, &dim));
  *doubles = MEMORY_LEAST + ANDERSON_USUAL_DEPTH;
  if (!strcmp(scheme, JKOREVERSIBLE)) *doubles = MEMORY_LEAST;
  if (jko->coarse_first && strcmp(scheme, JKOREVERSIBLE) != 0) *doubles += MEMORY_COARSE * PetscPowRealInt(0.5, (int)dim);
  if (JKOIsUnbiased(jko)) *doubles += MEMORY_UNBIASED;
  if (!strcmp(scheme, JKOSDIRK)) *doubles += MEMORY_SDIRK;
  if (solver && !strcmp(solver, SINKHORNELLIPTIC)) *doubles += Elliptic[dim];
  if (run->target[0] && run->table->w2_interval > 0) *doubles += MEMORY_TRANSPORT;
  *doubles += ConvolutionMemory(run->energy, dim);
  if (run->output[0]) *doubles += MEMORY_FILES;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The estimate for all ranks, in bytes. Products are floating point: they may be beyond any integer. Collective. */
static PetscErrorCode RunGetMemory(Run run, PetscReal *bytes)
{
  PetscMPIInt size;
  PetscInt    n[3];
  PetscReal   doubles = MEMORY_LEAST;

  PetscFunctionBegin;
  if (run->jko) PetscCall(RunGetCellMemory(run, &doubles));
  PetscCallMPI(MPI_Comm_size(PetscObjectComm((PetscObject)run), &size));
  PetscCall(GridGetSizes(run->grid, n));
  *bytes = size * MEMORY_RANK +
           (PetscReal)sizeof(double) * doubles * (PetscReal)run->species * (PetscReal)n[0] * (PetscReal)n[1] * (PetscReal)n[2];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number in a file, infinite where there is none. */
static PetscReal ReadLimit(const char path[])
{
  FILE  *file  = fopen(path, "r");
  double limit = INFINITY;

  if (file && fscanf(file, "%lf", &limit) != 1) limit = INFINITY;
  if (file) (void)fclose(file);
  return limit;
}

/* The least limit of a control group and those that it is in. */
static PetscReal ReadGroup(const char root[], char group[], const char name[])
{
  char      path[2 * PATH_MAX];
  PetscReal least = INFINITY;

  for (char *slash = group + strlen(group); slash; slash = strrchr(group, '/')) {
    *slash = 0;
    (void)snprintf(path, sizeof path, "%s%s/%s", root, group, name);
    least = PetscMin(least, ReadLimit(path));
  }
  return least;
}

/* Bytes of the node that this rank is on: its memory, or the limit of its control group, of version 1 or 2. */
static PetscReal NodeMemory(void)
{
  PetscReal bytes = (PetscReal)sysconf(_SC_PHYS_PAGES) * (PetscReal)sysconf(_SC_PAGESIZE);
  char      line[PATH_MAX];
  FILE     *file = fopen("/proc/self/cgroup", "r");

  while (file && fgets(line, sizeof line, file)) {
    char *group = strrchr(line, ':');

    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, "0::", 3)) bytes = PetscMin(bytes, ReadGroup("/sys/fs/cgroup", group + 1, "memory.max"));
    if (strstr(line, ":memory:")) bytes = PetscMin(bytes, ReadGroup("/sys/fs/cgroup/memory", group + 1, "memory.limit_in_bytes"));
  }
  if (file) (void)fclose(file);
  return bytes;
}

/* RunCheckMemory - refuses a flow for which a node has not enough. Before the flow is there, the least that any takes is asked for.
   Collective. */
PetscErrorCode RunCheckMemory(Run run)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  MPI_Comm       node;
  PetscMPIInt    size, here;
  PetscReal      need, mine[2], worst[2];

  PetscFunctionBegin;
  PetscCall(RunGetMemory(run, &need));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCallMPI(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  PetscCallMPI(MPI_Comm_size(node, &here));
  PetscCallMPI(MPI_Comm_free(&node));
  mine[0] = -NodeMemory() / here; /* of a rank, the least; */
  mine[1] = here;
  PetscCallMPI(MPI_Allreduce(mine, worst, 2, MPIU_REAL, MPI_MAX, comm));
  PetscCheck(need / size <= -worst[0], comm, JKO_ERR_INPUT,
             "-grid_n: the flow takes about %.3g GiB, %.3g GiB on each of %d ranks, of which a machine has room for %.3g GiB each; use "
             "fewer cells, or more machines",
             (double)need / 1073741824, (double)need / size / 1073741824, size, (double)-worst[0] / 1073741824);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunViewMemory - the estimate. Collective. */
PetscErrorCode RunViewMemory(Run run, PetscViewer viewer)
{
  PetscReal bytes;

  PetscFunctionBegin;
  PetscCall(RunGetMemory(run, &bytes));
  PetscCall(PetscViewerASCIIPrintf(viewer, "memory: about %.0f MiB on all ranks while it runs\n", (double)bytes / 1048576));
  PetscFunctionReturn(PETSC_SUCCESS);
}
