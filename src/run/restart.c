/* -restart: which checkpoint a run goes on from, whether it is one, and whether it is of this flow: of its grid, its options, its time
   scheme and the fields in its files. */
#include <math.h>
#include <sys/stat.h>
#include <jko.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

#define RUN_SAME_MASS 1e-9 /* relative: between two sums of the same density */
#define RUN_KEPT_MASS 1e-6 /* likewise, over all the steps of a flow that keeps its mass */

static PetscErrorCode ReadVector(Run run, FieldFile file, const char name[], Vec v)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; k < run->species; k++) {
    char part_name[128];
    Vec  part;

    PetscCall(RunPartName(run, name, k, part_name, sizeof part_name));
    PetscCall(GridGetPart(run->grid, v, k, PETSC_TRUE, &part));
    PetscCall(FieldFileReadField(file, part_name, part));
    PetscCall(GridRestorePart(run->grid, v, PETSC_TRUE, &part));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A state must be one: nothing nan, no infinite density. */
static PetscErrorCode CheckState(FieldFile file, const JKOState *state)
{
  const PetscScalar *a;
  PetscInt           n;
  PetscBool          bad = PETSC_FALSE;

  PetscFunctionBegin;
  for (PetscInt v = 0; v < state->vectors; v++) {
    PetscCall(VecGetLocalSize(state->vector[v], &n));
    PetscCall(VecGetArrayRead(state->vector[v], &a));
    for (PetscInt i = 0; i < n; i++)
      if (PetscIsNanScalar(a[i]) || a[i] == INFINITY) bad = PETSC_TRUE;
    PetscCall(VecRestoreArrayRead(state->vector[v], &a));
  }
  PetscCall(FieldFileFail(file, bad, "holds values that are not finite"));
  PetscCall(FieldFileFail(file, (PetscBool)(state->step < 0 || state->step == PETSC_MAX_INT),
                          "holds step %" PetscInt_FMT ": no state of a flow", state->step));
  for (PetscInt i = 0; i < state->reals; i++)
    PetscCall(FieldFileFail(file, (PetscBool)(!(*state->real[i] >= 0) || PetscIsInfReal(*state->real[i])),
                            "holds %s = %g: no state of a flow", state->real_name[i], (double)*state->real[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The mass of the densities whose logarithms the first vector of a state holds. Collective. */
static PetscErrorCode MeasureMass(Run run, const JKOState *state, PetscReal *mass)
{
  Vec       rho, part;
  PetscReal own;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(state->vector[0], &rho));
  PetscCall(VecCopy(state->vector[0], rho));
  PetscCall(VecExp(rho));
  *mass = 0;
  for (PetscInt k = 0; k < run->species; k++) {
    PetscCall(GridGetPart(run->grid, rho, k, PETSC_FALSE, &part));
    PetscCall(GridIntegrate(run->grid, part, &own));
    PetscCall(GridRestorePart(run->grid, rho, PETSC_FALSE, &part));
    *mass += own;
  }
  PetscCall(VecDestroy(&rho));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The measures that go with a state are those of the state, and its time is one that a step moves on. */
static PetscErrorCode CheckMeasures(Run run, FieldFile file, const JKOState *state, PetscReal entropy, PetscReal mass)
{
  const PetscBool finite =
      (PetscBool)(PetscIsNormalReal(1 + PetscAbsReal(run->energy_then)) && PetscIsNormalReal(1 + PetscAbsReal(entropy)));
  PetscReal found = 0, time, dt;

  PetscFunctionBegin;
  PetscCall(MeasureMass(run, state, &found));
  PetscCall(FieldFileFail(file, (PetscBool) !(PetscAbsReal(mass - found) <= RUN_SAME_MASS * found),
                          "holds mass = %g, its density has %g: no state of a flow", (double)mass, (double)PetscAbsReal(found)));
  PetscCall(FieldFileFail(file,
                          (PetscBool)(!(run->initial_mass > 0) || !PetscIsNormalReal(1 + run->initial_mass) ||
                                      (!RunReacts(run) && !(PetscAbsReal(run->initial_mass - found) <= RUN_KEPT_MASS * found))),
                          "holds initial_mass = %g, its density has the mass %g: no state of a flow", (double)run->initial_mass,
                          (double)found));
  PetscCall(FieldFileFail(file, (PetscBool)!finite, "holds energy = %g and entropy = %g: no state of a flow", (double)run->energy_then,
                          (double)entropy));
  PetscCall(JKOGetTime(run->jko, &time));
  PetscCall(JKOGetTimeStep(run->jko, &dt));
  for (PetscInt i = 0; i < state->reals; i++)
    if (!strcmp(state->real_name[i], "adapt_dt") && *state->real[i] > 0) dt = *state->real[i];
  PetscCall(FieldFileFail(file, (PetscBool)(dt > 0 && !(time + dt > time)),
                          "holds time = %g, which a step of %g does not move: no state of a flow", (double)time, (double)dt));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the grid is that of the checkpoint; `refusal` names the option that says otherwise. */
static PetscErrorCode CheckBox(Run run, FieldFile file, char refusal[])
{
  RunBox   now, then = {{0}, {0}, {0}, {0}};
  PetscInt dim;

  PetscFunctionBegin;
  PetscCall(GridGetDimension(run->grid, &dim));
  PetscCall(RunGetBox(run->grid, &now));
  PetscCall(FieldFileGetReals(file, "grid_n", 3, then.n));
  PetscCall(FieldFileGetReals(file, "grid_lower", 3, then.lower));
  PetscCall(FieldFileGetReals(file, "grid_upper", 3, then.upper));
  PetscCall(FieldFileGetReals(file, "grid_boundary", 3, then.boundary));
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  const struct {
    const char      *option;
    const PetscReal *now, *then;
  } rows[] = {{"-grid_n", now.n, then.n},
              {"-grid_lower", now.lower, then.lower},
              {"-grid_upper", now.upper, then.upper},
              {"-grid_boundary (0: no flux, 1: periodic)", now.boundary, then.boundary}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (PetscInt a = 0; a < 3 && !refusal[0]; a++)
      if ((a < dim || i == 0) && rows[i].now[a] != rows[i].then[a])
        (void)snprintf(refusal, FIELD_MESSAGE,
                       "%s: %g along %c, the checkpoint is of a flow with %g; that is another problem: start it without -restart",
                       rows[i].option, (double)rows[i].now[a], "xyz"[a], (double)rows[i].then[a]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the time scheme is that of the checkpoint: another one does not find what it remembers. */
static PetscErrorCode CheckScheme(Run run, FieldFile file, char refusal[])
{
  const char *now, *option;
  char       *then;

  PetscFunctionBegin;
  PetscCall(PetscObjectGetType((PetscObject)run->jko, &now));
  PetscCall(FieldFileGetText(file, "scheme", &then));
  option = strstr(run->options_then, "-jko_type ");
  if (!then[0]) { /* of version 0.1.0 */
    PetscCall(PetscFree(then));
    PetscCall(PetscStrallocpy(option ? option + 10 : "euler", &then));
    then[strcspn(then, "\n")] = 0;
  }
  if (!refusal[0] && !file->failure[0] && strcmp(now, then) != 0)
    (void)snprintf(refusal, FIELD_MESSAGE,
                   "-jko_type: '%s' given, the checkpoint is of a flow with '%.64s'; give that, or start anew without -restart", now, then);
  PetscCall(PetscFree(then));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The value of a name in lines "name value"; NULL without one. */
static const char *FindLine(const char lines[], const char name[], size_t length)
{
  for (const char *line = lines; *line; line += strcspn(line, "\n"), line += *line == '\n')
    if (!strncmp(line, name, length) && line[length] == ' ') return line + length + 1;
  return NULL;
}

/* Whether a field that an option names defines the flow: not the density that it began with, nor the last frame of a film. */
static PetscBool DefinesFlow(const char name[], size_t length)
{
  static const char start[] = "density_file", film[] = "-restart";
  const size_t      tail = sizeof start - 1;

  if (length == sizeof film - 1 && !strncmp(name, film, length)) return PETSC_FALSE;
  return (PetscBool)(length < tail || strncmp(name + length - tail, start, tail) != 0);
}

/* Takes out of `lines` the options that name files in both: their values are compared, not their names. */
static void DropFiles(char lines[], const char others[], const char fields[])
{
  char *to = lines;

  for (const char *line = lines; *line;) {
    const size_t name = strcspn(line, " \n"), length = strcspn(line, "\n"), whole = length + (line[length] == '\n');

    if (!DefinesFlow(line, name) || !FindLine(fields, line, name) || !FindLine(others, line, name)) {
      memmove(to, line, whole);
      to += whole;
    }
    line += whole;
  }
  *to = 0;
}

/* Whether the options fit the checkpoint's; tells those that differ and may. */
static PetscErrorCode CheckOptions(Run run, FieldFile file, char refusal[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  char          *now, *then, *notes = NULL;

  PetscFunctionBegin;
  PetscCall(PetscFree(run->options_then));
  PetscCall(PetscFree(run->fields_then));
  PetscCall(FieldFileGetText(file, "options", &run->options_then));
  PetscCall(FieldFileGetText(file, "fields", &run->fields_then));
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(CheckScheme(run, file, refusal));
  PetscCall(RunListOptions(NULL, &now));
  PetscCall(PetscStrallocpy(run->options_then, &then));
  DropFiles(then, now, run->fields_then);
  DropFiles(now, run->options_then, run->fields_then);
  if (!run->rank && !refusal[0]) RunCompareOptions(now, then, refusal, FIELD_MESSAGE, &notes);
  PetscCall(PetscFree(then));
  PetscCallMPI(MPI_Bcast(refusal, FIELD_MESSAGE, MPI_CHAR, 0, comm));
  if (run->monitor && !refusal[0]) PetscCall(PetscPrintf(comm, "%s", notes ? notes : ""));
  free(notes);
  free(now);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadState(Run run, FieldFile file, JKOState *state)
{
  PetscReal entropy = 0, mass = 0;

  PetscFunctionBegin;
  PetscCall(JKOGetState(run->jko, state));
  PetscCall(FieldFileGetInt(file, "step", &state->step));
  for (PetscInt i = 0; i < state->reals; i++) {
    const PetscBool begins = (PetscBool)(!strncmp(state->real_name[i], "adapt_", 6) && !FieldFileHas(file, state->real_name[i]));

    if (!begins) PetscCall(FieldFileGetReals(file, state->real_name[i], 1, state->real[i])); /* else steps were fixed so far */
  }
  for (PetscInt i = 0; i < state->vectors; i++) PetscCall(ReadVector(run, file, state->vector_name[i], state->vector[i]));
  PetscCall(FieldFileGetReals(file, "energy", 1, &run->energy_then));
  PetscCall(FieldFileGetReals(file, "entropy", 1, &entropy));
  PetscCall(FieldFileGetReals(file, "mass", 1, &mass));
  PetscCall(FieldFileGetReals(file, "initial_mass", 1, &run->initial_mass));
  if (!file->failure[0]) PetscCall(CheckState(file, state));
  if (!file->failure[0]) PetscCall(CheckMeasures(run, file, state, entropy, mass));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The digest of the rows of history.csv up to the state, where the checkpoint lies beside it. */
static PetscErrorCode ReadHistory(Run run, FieldFile file, const char path[], PetscInt step)
{
  char       *digest, own[PETSC_MAX_PATH_LEN];
  struct stat it, same;

  PetscFunctionBegin;
  PetscCall(FieldFileGetText(file, "history", &digest));
  PetscCall(RunPath(run, "checkpoint", step, own));
  run->history_then = strtoull(digest, NULL, 16);
  if (!run->output[0] || stat(own, &same) || stat(path, &it) || it.st_ino != same.st_ino || it.st_dev != same.st_dev)
    run->history_then = 0;
  else
    run->last_checkpoint = step;
  PetscCall(PetscFree(digest));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Puts the flow into the state of a checkpoint; `reason` is why it could not be, or "": the flow is then good for another one only.
   Errors (JKO_ERR_INPUT): the checkpoint is of another problem. */
static PetscErrorCode ReadCheckpoint(Run run, const char path[], char reason[])
{
  const MPI_Comm comm  = PetscObjectComm((PetscObject)run);
  JKOState       state = {0};
  FieldFile      file;
  PetscInt       format                 = RUN_FORMAT;
  char           refusal[FIELD_MESSAGE] = "", trouble[FIELD_MESSAGE];

  PetscFunctionBegin;
  PetscCall(FieldSealVerify(comm, path, trouble));
  PetscCall(PetscSNPrintf(reason, FIELD_MESSAGE, "-restart: '%s' %s", path, trouble));
  if (trouble[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldFileOpen(run->grid, "-restart", path, &file));
  PetscCall(FieldFileGetInt(file, "format", &format));
  PetscCall(FieldFileFail(file, (PetscBool)(format > RUN_FORMAT),
                          "is of format %" PetscInt_FMT ", jko " JKO_VERSION " reads up to %d: take a newer jko", format, RUN_FORMAT));
  PetscCall(CheckBox(run, file, refusal));
  if (!file->failure[0]) PetscCall(CheckOptions(run, file, refusal));
  if (!refusal[0]) PetscCall(ReadState(run, file, &state));
  PetscCall(ReadHistory(run, file, path, state.step));
  PetscCall(FieldFileClose(&file, reason));
  PetscCheck(!refusal[0], comm, JKO_ERR_INPUT, "%s", refusal);
  if (!reason[0]) PetscCall(JKOResume(run->jko, state.step));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is read from files must be what it was, wherever it lies by now. */
static PetscErrorCode CheckFields(Run run)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  const char    *fields;
  char          *options;

  PetscFunctionBegin;
  PetscCall(FieldGetDigests(run->grid, &fields));
  PetscCall(RunListOptions(NULL, &options));
  for (const char *line = run->fields_then; *line; line += strcspn(line, "\n"), line += *line == '\n') {
    const size_t name   = strcspn(line, " \n");
    const char  *digest = FindLine(fields, line, name);

    if (!DefinesFlow(line, name) || !FindLine(options, line, name)) continue;
    if (digest && !strncmp(digest, line + name + 1, FIELD_DIGEST)) continue;
    PetscCheck(!strncmp(line, "-monitor_target ", name + 1), comm, JKO_ERR_INPUT,
               "%.*s: the flow of the checkpoint was given other values by a file; that is another problem: start it without -restart",
               (int)name, line);
    if (run->monitor) PetscCall(PetscPrintf(comm, "restart: -monitor_target holds other values than it did\n"));
  }
  free(options);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunRestartVerify - the flow at hand must be that of the checkpoint that was read: the fields in its files, and its energy, which knows
   what is not from a file. Collective; after JKOSetUp() and the target. Errors: JKO_ERR_INPUT. */
PetscErrorCode RunRestartVerify(Run run)
{
  const JKOStepInfo *info;

  PetscFunctionBegin;
  PetscCall(CheckFields(run));
  PetscCall(JKOGetStepInfo(run->jko, &info));
  run->energy_scale = PetscAbsReal(info->energy) + PetscAbsReal(info->entropy) + info->mass;
  PetscCheck(PetscAbsReal(info->energy - run->energy_then) <= 1e-6 * run->energy_scale, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "-restart: the state had the energy %.9g, with these -energy_ options and files it has %.9g: that is another problem",
             (double)run->energy_then, (double)info->energy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A checkpoint in the folder: the step in its name and the step it holds. */
typedef struct {
  PetscInt name, step;
} Candidate;

static int OlderFirst(const void *a, const void *b)
{
  const Candidate *x = a, *y = b;

  return x->step != y->step ? (x->step > y->step) - (x->step < y->step) : (x->name > y->name) - (x->name < y->name);
}

/* The checkpoints in the output folder, on all ranks, by the step that they say they hold, by their name where they say nothing. */
static PetscErrorCode ListCheckpoints(Run run, PetscInt *n, Candidate **list)
{
  const MPI_Comm comm  = PetscObjectComm((PetscObject)run);
  PetscInt      *names = NULL;
  char           path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  if (!run->rank) PetscCall(RunFolderList(run, "checkpoint", n, &names));
  PetscCallMPI(MPI_Bcast(n, 1, MPIU_INT, 0, comm));
  PetscCall(PetscMalloc1(*n, list));
  for (PetscInt i = 0; i < *n && !run->rank; i++) {
    long long step;

    PetscCall(RunPath(run, "checkpoint", names[i], path));
    step       = FieldSealStep(path);
    (*list)[i] = (Candidate){.name = names[i], .step = step < 0 || step > PETSC_MAX_INT ? names[i] : (PetscInt)step};
  }
  if (!run->rank) qsort(*list, (size_t)*n, sizeof **list, OlderFirst);
  PetscCallMPI(MPI_Bcast(*list, (PetscMPIInt)(2 * *n), MPIU_INT, 0, comm));
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -restart auto: the newest that can be read; each one that cannot is told with the reason. None at all: the flow starts from 0. */
static PetscErrorCode RestartNewest(Run run, PetscBool *restarted, char path[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscInt       n;
  Candidate     *list;
  char           reason[FIELD_MESSAGE] = "";

  PetscFunctionBegin;
  PetscCheck(run->output[0], comm, JKO_ERR_INPUT, "-restart: auto has nowhere to look: give -output FOLDER");
  PetscCall(ListCheckpoints(run, &n, &list));
  for (PetscInt i = n - 1; i >= 0 && !*restarted; i--) {
    PetscCall(RunPath(run, "checkpoint", list[i].name, path));
    PetscCall(ReadCheckpoint(run, path, reason));
    *restarted = (PetscBool)!reason[0];
    if (reason[0] && i) PetscCall(PetscFPrintf(comm, PETSC_STDERR, "jko: %s; trying the one before\n", reason));
  }
  PetscCall(PetscFree(list));
  PetscCheck(!reason[0], comm, JKO_ERR_FILE, "%s", reason);
  if (!n && run->monitor) PetscCall(PetscPrintf(comm, "restart: no checkpoint in '%s': the flow begins anew\n", run->output));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunRestart - puts the flow where -restart says; whether it did. Collective. Errors: JKO_ERR_FILE, one line. */
PetscErrorCode RunRestart(Run run, PetscBool *restarted)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscReal      time;
  PetscInt       step;
  char           path[PETSC_MAX_PATH_LEN], reason[FIELD_MESSAGE];

  PetscFunctionBegin;
  *restarted = PETSC_FALSE;
  if (!strcmp(run->restart, "auto")) {
    PetscCall(RestartNewest(run, restarted, path));
    if (!*restarted) PetscFunctionReturn(PETSC_SUCCESS);
  } else {
    PetscCall(PetscStrncpy(path, run->restart, sizeof path));
    PetscCall(ReadCheckpoint(run, path, reason));
    PetscCheck(!reason[0], comm, JKO_ERR_FILE, "%s", reason);
    *restarted = PETSC_TRUE;
  }
  PetscCall(JKOGetStepNumber(run->jko, &step));
  PetscCall(JKOGetTime(run->jko, &time));
  if (run->monitor) PetscCall(PetscPrintf(comm, "restart from %s: step %" PetscInt_FMT ", time %g\n", path, step, (double)time));
  PetscFunctionReturn(PETSC_SUCCESS);
}
