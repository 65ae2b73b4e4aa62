/* What the user got wrong is told in one line; what this program got wrong keeps PETSc's traceback. */
#include <unistd.h>
#include <jko/private/runimpl.h>
#include <jko/private/sysimpl.h>

/* The first error: its exit status (1 for our own), its message, and the value that PETSc could not read as an option's. */
static struct {
  PetscBool stepping; /* the options were taken */
  int       status;
  char      text[2048], value[256];
} Failure;

/* RunErrorStepping - from here on what PETSc's solvers cannot do is a step that failed. Not collective. */
void RunErrorStepping(void)
{
  Failure.stepping = PETSC_TRUE;
}

/* PETSc names the value that it cannot read, not the option, and in words of its own: the value is what follows them. */
static void Reword(void)
{
  static const struct {
    const char *before, *after, *meaning;
  } phrase[] = {{"Input string ", " has no integer", "'%s' is not an integer"},
                {"Input string ", " has no numeric", "'%s' is not a number"},
                {"Unknown logical value: ", "", "'%s' is neither true nor false"},
                {"Unable to find requested", " type ", "'%s' is not a known type"}};

  for (size_t i = 0; i < sizeof phrase / sizeof *phrase; i++) {
    const char *before = strstr(Failure.text, phrase[i].before), *after = before ? strstr(before, phrase[i].after) : NULL;
    const char *value = before + strlen(phrase[i].before);

    if (!after) continue;
    if (i == 3) value = after + strlen(phrase[i].after);
    (void)snprintf(Failure.value, sizeof Failure.value, "%.*s", (int)strcspn(value, " \n"), value);
    (void)snprintf(Failure.text, sizeof Failure.text, phrase[i].meaning, Failure.value);
    return;
  }
}

/* RunOneLine - makes a text that may quote anything one line that a terminal can show. */
void RunOneLine(char text[])
{
  for (int bytes; *text; text += PetscMax(bytes, 1))
    if (!(bytes = JKOVisibleBytes(text))) *text = '?';
}

static int ExitStatus(PetscErrorCode code, const char function[])
{
  if (code == JKO_ERR_INPUT || code == PETSC_ERR_ARG_UNKNOWN_TYPE) return 2;
  if (code == JKO_ERR_FILE || code == PETSC_ERR_FILE_WRITE) return 4;
  if (!strncmp(function, "PetscOptionsInsertFile", 22) && code == PETSC_ERR_USER) return 4; /* an options file that is not there */
  return strncmp(function, "PetscOptions", 12) ? 1 : 2;
}

/* Lists the options of PETSc's solvers that are given. */
static PetscErrorCode FindSolver(const char name[], const char value[], void *context)
{
  static const char *const classes[] = {"snes_", "ksp_", "pc_", "mat_", "dm_", "vec_"};
  char                    *list      = context;

  PetscFunctionBegin;
  (void)value;
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    const char *found = strstr(name, classes[i]);

    if (!found || (found > name && found[-1] != '_')) continue;
    PetscCall(PetscStrlcat(list, list[0] ? ", -" : "-", RUN_TEXT));
    PetscCall(PetscStrlcat(list, name, RUN_TEXT));
    break;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What PETSc's solvers cannot do is the user's wish where options for them are given: they take more than they can hold to. */
static PetscErrorCode BlameSolver(PetscErrorCode code, const char function[])
{
  static const char *const classes[]       = {"SNES", "KSP", "PC", "Mat", "DM", "Vec"};
  char                     given[RUN_TEXT] = "", *text = Failure.text;
  PetscBool                theirs = PETSC_FALSE;

  PetscFunctionBegin;
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
    if (!strncmp(function, classes[i], strlen(classes[i]))) theirs = PETSC_TRUE;
  if (!theirs || Failure.status > 1 || code == PETSC_ERR_MEM) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(RunVisitOptions(FindSolver, given));
  if (!given[0]) PetscFunctionReturn(PETSC_SUCCESS);
  Failure.status = Failure.stepping ? 3 : 2;
  text += strlen(text);
  (void)snprintf(text, (size_t)(Failure.text + sizeof Failure.text - text), " (PETSc, %s); of its solvers these options are given: %s",
                 function, given);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* PETSC_ERR_MEM; PETSc 3.18 itself gives the number of a line for its code. */
static PetscBool NoMemory(PetscErrorCode code, const char function[])
{
  return (PetscBool)(code == PETSC_ERR_MEM || !strncmp(function, "PetscMalloc", 11) || !strncmp(function, "PetscRealloc", 12) ||
                     !strncmp(function, "PetscTrMalloc", 13));
}

/* What one rank has no memory for, the others may have: they are not asked. Fewest words, and no memory of our own. */
static void Exhausted(void)
{
  int rank, size;

  (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  (void)MPI_Comm_size(MPI_COMM_WORLD, &size);
  RunSignalsCleanUp();
  Failure.status = Failure.stepping ? 3 : 2;
  (void)snprintf(Failure.text, sizeof Failure.text, "-grid_n: no memory is left on rank %d of %d; use fewer cells, or more machines", rank,
                 size);
  (void)RunErrorEnd(rank);
  _exit(Failure.status);
}

/* RunErrorHandler - for PetscPushErrorHandler(): keeps a user's error for RunErrorReport(), gives others to PETSc's traceback. */
PetscErrorCode RunErrorHandler(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code, PetscErrorType type,
                               const char *message, void *context)
{
  if (type == PETSC_ERROR_INITIAL) {
    Failure.status = ExitStatus(code, function);
    (void)snprintf(Failure.text, sizeof Failure.text, "%s", message ? message : "");
    Failure.value[0] = 0;
    if (Failure.status == 2 && code != JKO_ERR_INPUT) Reword();
    if (NoMemory(code, function)) Exhausted();
    if (code != JKO_ERR_INPUT && code != JKO_ERR_FILE) Failure.text[strcspn(Failure.text, "\n")] = 0;
    if (BlameSolver(code, function)) Failure.status = 1;
    RunOneLine(Failure.text);
  }
  return Failure.status > 1 ? code : PetscTraceBackErrorHandler(comm, line, function, file, code, type, message, context);
}

/* Finds the option that holds the value, alone or in a list. */
static PetscErrorCode FindValue(const char name[], const char value[], void *context)
{
  char *option = context, copy[RUN_TEXT], *rest;

  PetscFunctionBegin;
  if (option[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscStrncpy(copy, value, sizeof copy));
  for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
    if (!strcmp(word, Failure.value)) PetscCall(PetscSNPrintf(option, PETSC_MAX_OPTION_NAME, "%s", name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunErrorEnd - the line, where PETSc could not even start, and the end of the other ranks, which may wait for this one; the first rank
   goes first, so that one line is printed when all fail. The status to exit with. */
int RunErrorEnd(int rank)
{
  int size;

  if (rank) (void)sleep(2);
  (void)fprintf(stderr, "jko: error: %s\n", Failure.text);
  (void)MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size > 1) (void)MPI_Abort(MPI_COMM_WORLD, Failure.status);
  return Failure.status;
}

/* HDF5 does not get over a file that could not be written: it would try again when MPI ends, and may crash. So nothing is ended in order.
 */
static PetscErrorCode EndAtOnce(int status)
{
  PetscMPIInt size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD)); /* the line is out */
  (void)fflush(NULL);
  if (size > 1) PetscCallMPI(MPI_Abort(PETSC_COMM_WORLD, status));
  _exit(status);
}

/* Where the option that a message begins with, without its dash, comes from when it is not on the command line. */
static PetscErrorCode FindOrigin(const char message[], char origin[], size_t length)
{
  char option[PETSC_MAX_OPTION_NAME];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(option, sizeof option, "-%.*s", (int)strcspn(message, ": '"), message));
  PetscCall(RunOptionOrigin(option, origin, length));
  RunOneLine(origin);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunErrorReport - the line for the error that ended the program, and the status to exit with. Collective; not for our own errors,
   which need not be on all ranks: they abort. */
PetscErrorCode RunErrorReport(PetscErrorCode code, int *status)
{
  char option[PETSC_MAX_OPTION_NAME] = "", unknown[512] = "", origin[PETSC_MAX_PATH_LEN + 8] = "";

  PetscFunctionBegin;
  if (!code) PetscFunctionReturn(PETSC_SUCCESS);
  *status = Failure.status;
  RunConsoleEnd();
  RunSignalsCleanUp();
  if (Failure.status <= 1) PetscCallMPI(MPI_Abort(PETSC_COMM_WORLD, 1));
  if (Failure.value[0]) PetscCall(RunVisitOptions(FindValue, option));
  if (Failure.status == 2) PetscCall(RunDescribeUnknown(PETSC_FALSE, unknown, sizeof unknown));
  RunOneLine(unknown);
  if (strstr(Failure.text, unknown)) unknown[0] = 0;
  PetscCall(FindOrigin(option[0] ? option : Failure.text + (Failure.text[0] == '-'), origin, sizeof origin));
  PetscCall(PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDERR, "jko: error: %s%s%s%s%s%s%s%s\n", option[0] ? "-" : "", option,
                         option[0] ? ": " : "", Failure.text, unknown[0] ? "; " : "", unknown, origin[0] ? "; it stands in " : "", origin));
  if (code == PETSC_ERR_FILE_WRITE) PetscCall(EndAtOnce(Failure.status));
  PetscCall(PetscOptionsClear(NULL)); /* a debugging PETSc would list at its end what nobody came to ask for */
  PetscFunctionReturn(PETSC_SUCCESS);
}
