/* film-NNNNNN.h5 and film.xdmf, the outputs and -output_interpolate densities between each two of them, evenly in time: entropic
   displacement interpolation (src/transport/between.c). A film goes on after a restart: what it holds up to the last output is kept. */
#include <math.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

/* The next frame. Collective. */
static PetscErrorCode WriteFrame(Run run, Vec rho, PetscReal time)
{
  RunFilm          *film = &run->film;
  const char *const name = "density";
  PetscInt          step;
  char              path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(JKOGetStepNumber(run->jko, &step));
  PetscCall(RunPath(run, "film", film->series.count, path));
  PetscCall(FieldToFile(run->grid, path, 1, &name, &rho, time, step));
  PetscCall(RunSeriesAdd(&film->series, film->series.count, time));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The solver, down to where the kernel of one interval of a frame is as narrow as the grid allows. */
static PetscErrorCode SetUpTransport(Run run)
{
  Kernel     kernel;
  KernelType type;
  PetscReal  floor;

  PetscFunctionBegin;
  PetscCall(JKOGetKernel(run->jko, &kernel));
  PetscCall(PetscObjectGetType((PetscObject)kernel, &type));
  PetscCall(KernelGetEpsilonFloor(kernel, &floor));
  PetscCall(TransportCreate(PetscObjectComm((PetscObject)run), &run->film.transport));
  PetscCall(TransportSetGrid(run->film.transport, run->grid));
  PetscCall(TransportSetKernelType(run->film.transport, type));
  PetscCall(TransportSetLeastEpsilon(run->film.transport, (1 + 1e-6) * (PetscReal)(run->film.between + 1) * floor));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The frames between the last output and this one. Collective. */
static PetscErrorCode WriteBetween(Run run, Vec log_rho, PetscReal time)
{
  RunFilm  *film = &run->film;
  PetscBool found;
  Vec       between;

  PetscFunctionBegin;
  if (!film->transport) PetscCall(SetUpTransport(run));
  PetscCall(TransportSetTarget(film->transport, log_rho));
  PetscCall(TransportBegin(film->transport, film->log_before, &found));
  if (!found)
    PetscCall(PetscFPrintf(PetscObjectComm((PetscObject)run), PETSC_STDERR,
                           "jko: warning: -output_interpolate: no plan between the outputs at time %g and %g; the film jumps there\n",
                           (double)film->time_before, (double)time));
  PetscCall(VecDuplicate(log_rho, &between));
  for (PetscInt i = 1; i <= film->between && found; i++) {
    const PetscReal s = (PetscReal)i / (PetscReal)(film->between + 1);

    PetscCall(TransportGetBetween(film->transport, s, between));
    PetscCall(VecExp(between));
    PetscCall(WriteFrame(run, between, film->time_before + s * (time - film->time_before)));
  }
  PetscCall(VecDestroy(&between));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFilmAdd - the output at hand, in run->rho, and what leads to it. Collective. */
PetscErrorCode RunFilmAdd(Run run)
{
  RunFilm          *film = &run->film;
  const char *const name = "density";
  Vec               log_rho;
  PetscReal         time;

  PetscFunctionBegin;
  if (!film->between) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOGetLogDensity(run->jko, &log_rho));
  PetscCall(JKOGetTime(run->jko, &time));
  if (film->log_before)
    PetscCall(WriteBetween(run, log_rho, time));
  else
    PetscCall(VecDuplicate(log_rho, &film->log_before));
  PetscCall(WriteFrame(run, run->rho, time));
  PetscCall(VecCopy(run->rho, film->log_before)); /* as a restart finds it in the file, to the last bit */
  PetscCall(VecLog(film->log_before));
  film->time_before = time;
  PetscCall(RunSeriesWrite(run, "film.xdmf", "film", 1, &name, &film->series));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes the frames up to the time of the last output into the series again. Collective. */
static PetscErrorCode KeepFrames(Run run, PetscInt n, const PetscInt frames[])
{
  RunFilm *film = &run->film;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < n && frames[i] == i; i++) {
    FieldFile file;
    PetscReal time = 0;
    char      path[PETSC_MAX_PATH_LEN], reason[FIELD_MESSAGE];

    PetscCall(RunPath(run, "film", i, path));
    PetscCall(FieldFileOpen(run->grid, "-output", path, &file));
    PetscCall(FieldFileGetReals(file, "time", 1, &time));
    PetscCall(FieldFileClose(&file, reason));
    if (reason[0] || time > film->time_before) break;
    PetscCall(RunSeriesAdd(&film->series, i, time));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The last output, which the next frames start from. Collective. */
static PetscErrorCode ReadBefore(Run run)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(RunPath(run, "density", run->last_written, path));
  PetscCall(GridCreateVector(run->grid, &run->film.log_before));
  PetscCall(FieldFromFile(run->grid, "-restart", path, "density", run->film.log_before));
  PetscCall(VecLog(run->film.log_before));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFilmOpen - goes on with the film up to the newest snapshot that the history keeps, or starts anew; removes the rest. Without
   -output_interpolate a film that is there stays as it is up to that snapshot. Collective. */
PetscErrorCode RunFilmOpen(Run run)
{
  const MPI_Comm    comm = PetscObjectComm((PetscObject)run);
  const char *const name = "density";
  RunFilm          *film = &run->film;
  PetscInt          n = 0, *frames = NULL;

  PetscFunctionBegin;
  if (run->last_written >= 0) {
    if (!run->rank) film->time_before = run->series.item[run->series.count - 1].time;
    PetscCallMPI(MPI_Bcast(&film->time_before, 1, MPIU_REAL, 0, comm));
    if (film->between) PetscCall(ReadBefore(run));
    if (!run->rank) PetscCall(RunFolderList(run, "film", &n, &frames));
    PetscCallMPI(MPI_Bcast(&n, 1, MPIU_INT, 0, comm));
    if (run->rank) PetscCall(PetscMalloc1(n, &frames));
    PetscCallMPI(MPI_Bcast(frames, (PetscMPIInt)n, MPIU_INT, 0, comm));
    PetscCall(KeepFrames(run, n, frames));
    PetscCall(PetscFree(frames));
  }
  PetscCall(RunFolderRemove(run, "film", film->series.count - 1, -1));
  if (!film->between && film->series.count < n) PetscCall(RunSeriesWrite(run, "film.xdmf", "film", 1, &name, &film->series));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFilmClose - frees what the film needs. Collective. */
PetscErrorCode RunFilmClose(Run run)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(run->film.series.item));
  PetscCall(VecDestroy(&run->film.log_before));
  PetscCall(TransportDestroy(&run->film.transport));
  PetscFunctionReturn(PETSC_SUCCESS);
}
