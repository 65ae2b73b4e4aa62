/* The program: arguments, PETSc, one run, the status to exit with. */
#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <jko.h>
#include <jko/private/runimpl.h>

static const char Usage[] =
    "usage: jko -grid_n N[,N[,N]] -density \"expression\" -energy_terms TYPE[,...] -jko_dt TAU -jko_max_time T [-output FOLDER]\n"
    "       jko -options_file FILE ...     jko -inspect FILE     jko -help [WORD|all]     jko -version\n";

/* What the arguments ask for before PETSc reads them, and what is wrong with them. */
typedef struct {
  PetscBool   help, version;
  const char *about;   /* of -help, or NULL */
  const char *inspect; /* a file */
  int         status;  /* not 0: refused */
  int         argc;
  char      **argv;
  char        text[1024];
} Arguments;

/* Whether PETSc would take a word for the name of an option. */
static PetscBool IsName(const char word[])
{
  return (PetscBool)(word[0] == '-' && (isalpha((unsigned char)word[1]) || (word[1] == '-' && isalpha((unsigned char)word[2]))));
}

/* Whether a word that looks like a name is an expression that starts with a minus: "-exp(x)", but not "-jko_dt=1". */
static PetscBool IsExpression(const char word[])
{
  const char *odd = word + strspn(word, RUN_LETTERS "-.");

  return (PetscBool)(*odd && (*odd != '=' || odd[1] == '='));
}

/* "-exp(x)" as "0-exp(x)", which PETSc takes for a value; kept as long as the arguments are. */
static char *StartWithZero(char word[])
{
  const size_t size  = strlen(word) + 2;
  char        *value = malloc(size);

  if (value) (void)snprintf(value, size, "0%s", word);
  return value ? value : word;
}

static void Refuse(Arguments *a, int status, const char text[], const char word[])
{
  if (a->status) return;
  a->status = status;
  (void)snprintf(a->text, sizeof a->text, text, word);
  RunOneLine(a->text);
}

/* A word that stands where an option should. */
static void RefuseStray(const char word[], Arguments *a)
{
  const char *dot    = strrchr(word, '.');
  struct stat status = {0};

  if (dot && (!strcmp(dot, ".h5") || !strcmp(dot, ".nc")))
    Refuse(a, 2, "'%s' belongs to no option; a file of data is given by -density_file, -restart or -inspect", word);
  else if (!stat(word, &status) && S_ISREG(status.st_mode))
    Refuse(a, 2, "'%s' belongs to no option; a file of options is given by -options_file", word);
  else
    Refuse(a, 2, "'%s' belongs to no option; quote an expression that holds spaces", word);
}

/* A word with a dash that holds what no name of an option does. */
static void RefuseName(const char name[], Arguments *a)
{
  if (a->status || !name[strspn(name, RUN_LETTERS "-.")]) return;
  if (RunDescribeEquals(name, a->text, sizeof a->text)) {
    a->status = 2;
    RunOneLine(a->text);
  } else
    Refuse(a, 2, "'-%s' is taken for an option: write an expression that starts with a minus as 0-...", name);
}

/* Takes -help and -version out, so that PETSc does not answer them with its own, and refuses what PETSc would pass over. */
static void ReadArguments(int *argc, char *argv[], Arguments *a)
{
  int kept = 1;

  if (*argc == 1) a->status = 2;
  if (*argc > 1 && (!strcmp(argv[1], "-inspect") || !strcmp(argv[1], "--inspect"))) {
    a->inspect = *argc > 2 ? argv[2] : "";
    if (*argc != 3) Refuse(a, 2, "-inspect takes %s and nothing else", "one FILE");
    return;
  }
  for (int i = 1; i < *argc; i++) {
    if (i > 1 && IsName(argv[i - 1]) && IsName(argv[i]) && IsExpression(argv[i])) argv[i] = StartWithZero(argv[i]);

    const PetscBool named = IsName(argv[i]);
    const char     *name  = argv[i] + named;

    if (named && name[0] == '-') name = ++argv[i] + 1; /* two dashes: PETSc would take the second for a letter */

    if (named && (!strcmp(name, "help") || !strcmp(name, "h"))) {
      a->help = PETSC_TRUE;
      if (i + 1 < *argc && (!IsName(argv[i + 1]) || *argc == 3)) a->about = argv[++i]; /* -help -jko_dt on its own too */
      continue;
    }
    if (named && (!strcmp(name, "version") || !strcmp(name, "v")))
      a->version = PETSC_TRUE;
    else
      argv[kept++] = argv[i];
    if (!named && (i == 1 || !IsName(argv[i - 1]))) RefuseStray(argv[i], a);
    if (named) RefuseName(name, a);
  }
  argv[kept] = NULL;
  *argc      = kept;
  a->argc    = kept;
  a->argv    = argv;
}

static PetscErrorCode RunProgram(const Arguments *a, PetscErrorCode (*add)(void), int *status)
{
  Run run;

  PetscFunctionBegin;
  PetscCall(RunPreferCommandLine(a->argc, a->argv));
  if (add) PetscCall((*add)());
  PetscCall(RunDeclareOptions());
  if (a->help) {
    if (!a->about) PetscCall(PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT, "%s\n", Usage));
    PetscCall(RunPrintHelp(a->about));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(RunRefusePetscValues());
  PetscCall(RunCreate(PETSC_COMM_WORLD, &run));
  PetscCall(RunSetFromOptions(run));
  PetscCall(RunSetUp(run));
  PetscCall(RunRefuseUnknown());
  PetscCall(RunExecute(run));
  PetscCall(RunGetExitStatus(run, status));
  PetscCall(RunDestroy(&run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* PETSc with its options from the command line, PETSC_OPTIONS and ~/.petscrc, not from what lies in the folder at hand. */
static PetscErrorCode Initialise(int argc, char *argv[])
{
  char   home[PETSC_MAX_PATH_LEN];
  char **arguments = calloc((size_t)argc + 2, sizeof *arguments);

  RunHomeFile(home);
  if (!arguments) return PETSC_ERR_MEM;
  for (int i = 0; i < argc; i++) arguments[i] = argv[i];
  arguments[argc++] = "-skip_petscrc";
  PetscCall(PetscInitialize(&argc, &arguments, home[0] ? home : NULL, NULL));
  PetscCall(PetscOptionsClearValue(NULL, "-skip_petscrc"));
  return PETSC_SUCCESS;
}

/* PETSc around the program. SIGPIPE is left to end it: the reader of a pipe may go, as in `jko -help | head`. */
static int RunInPetsc(int argc, char *argv[], const Arguments *a, PetscErrorCode (*add)(void), int rank)
{
  int status = 0;

  if (PetscPushErrorHandler(RunErrorHandler, NULL)) return 1;
  if (Initialise(argc, argv)) return RunErrorEnd(rank);
  (void)signal(SIGPIPE, SIG_DFL);
  RunSignalsCatch();
  if (RunErrorReport(RunProgram(a, add, &status), &status) || PetscFinalize()) return 1;
  return status;
}

/*@
  RunMain - the whole program on the arguments of main(): a flow, its files, its console.

  Returns the status to exit with: 0; 128 + the number of the signal that stopped it; 2 for an option or value that is refused; 3 when a
step failed; 4 for a file that cannot be read or written; 1, after a traceback, for an error of the library. Messages are one line on stderr
from one rank. Starts and ends MPI.
@*/
int RunMain(int argc, char *argv[])
{
  return RunMainWith(argc, argv, NULL);
}

/*@C
  RunMainWith - likewise, of a program with types of its own: `add` registers them, by EnergyRegister(), MonitorRegister(), ..., once PETSc
  is there and before an option is read.
@*/
int RunMainWith(int argc, char *argv[], PetscErrorCode (*add)(void))
{
  Arguments a      = {0};
  int       status = 0, rank, level;

  RunSignalsExpect();
  if (MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level)) return 1;
  (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  ReadArguments(&argc, argv, &a);
  if (!a.inspect && !a.version && !a.status && !rank) a.status = RunScreen(argc, argv, a.text, sizeof a.text);
  (void)MPI_Bcast(&a.status, 1, MPI_INT, 0, MPI_COMM_WORLD);
  if (a.inspect && !a.status) {
    if (!rank) status = RunInspect(a.inspect);
    (void)MPI_Bcast(&status, 1, MPI_INT, 0, MPI_COMM_WORLD);
  } else if (a.version) {
    if (!rank) (void)printf("jko %s\n", JKO_VERSION);
  } else if (a.status && !a.help) {
    status = a.status;
    if (!rank) (void)fprintf(stderr, "%s%s%s", a.text[0] ? "jko: error: " : "", a.text[0] ? a.text : Usage, a.text[0] ? "\n" : "");
  } else
    status = RunInPetsc(argc, argv, &a, add, rank);
  (void)MPI_Finalize();
  return status;
}
