/* The names of options. Which there are is asked of the classes themselves: a run is read from the options once with help switched on,
   and what it prints holds every name. So an option that nobody asks for can be refused with the nearest that exists. */
#include <ctype.h>
#include <errno.h>
#include <petscviewer.h>
#include <jko/private/energyimpl.h>
#include <jko/private/runimpl.h>
#include <jko/private/sysimpl.h>

#define RUN_MAX_NAMES 4096

/* What was printed, on the first rank, and whether it is all there is to print. */
static struct {
  FILE     *stream;
  char     *text;
  size_t    length;
  PetscBool complete;
} Help;

/* RunVisitOptions - calls for every option of the database. Not collective. */
PetscErrorCode RunVisitOptions(RunOptionVisitor *visit, void *context)
{
  char       *text = NULL, *line, *rest;
  size_t      length;
  FILE       *stream = open_memstream(&text, &length);
  PetscViewer viewer;

  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIOpenWithFILE(PETSC_COMM_SELF, stream, &viewer));
  PetscCall(PetscOptionsView(NULL, viewer));
  PetscCall(PetscViewerDestroy(&viewer));
  (void)fclose(stream);
  for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    char *space = strchr(line, ' ');

    if (line[0] != '-') continue;
    if (space) *space = 0;
    PetscCall((*visit)(line + 1, space ? space + 1 : "", context));
  }
  free(text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CopyOption(const char name[], const char value[], void *context)
{
  const size_t length = strlen(name);
  char         option[PETSC_MAX_OPTION_NAME + 2];

  PetscFunctionBegin;
  if (length < 5 || strcmp(name + length - 5, "_type") != 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(option, sizeof option, "-%s", name));
  PetscCall(PetscOptionsSetValue((PetscOptions)context, option, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "entropy,power,...": a term of every type, and those terms of the user's list that have a name of their own. */
static PetscErrorCode ListTerms(const char option[], char terms[], size_t length)
{
  char      given[RUN_TEXT] = "", *rest, *space;
  Energy    energy; /* so that the types are registered */
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(EnergyCreate(PETSC_COMM_WORLD, &energy));
  PetscCall(EnergyTypeNames(terms, length));
  PetscCall(EnergyDestroy(&energy));
  while ((space = strchr(terms, ' '))) PetscCall(PetscMemmove(space, space + 1, strlen(space)));
  PetscCall(PetscOptionsGetString(NULL, NULL, option, given, sizeof given, &set));
  for (char *term = strtok_r(given, ",", &rest); term; term = strtok_r(NULL, ",", &rest)) {
    if (!strchr(term, ':')) continue;
    PetscCall(PetscStrlcat(terms, ",", length));
    PetscCall(PetscStrlcat(terms, term, length));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The options that decide which others there are, and help. */
static PetscErrorCode FillOptions(PetscOptions options)
{
  const char *const lists[] = {"-energy_terms", "-reaction_terms"};
  char              terms[RUN_TEXT], species[RUN_TEXT] = "", option[PETSC_MAX_OPTION_NAME], *rest;
  PetscBool         set;

  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(options, "-grid_n", "64"));
  PetscCall(PetscOptionsSetValue(options, "-jko_monitor_inequalities", "1"));
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    PetscCall(ListTerms(lists[i], terms, sizeof terms));
    PetscCall(PetscOptionsSetValue(options, lists[i], terms));
  }
  PetscCall(PetscOptionsGetString(NULL, NULL, "-species", species, sizeof species, &set));
  if (set) PetscCall(PetscOptionsSetValue(options, "-species", species));
  for (char *name = strtok_r(species, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
    PetscCall(PetscSNPrintf(option, sizeof option, "-%s_energy_terms", name));
    PetscCall(ListTerms(option, terms, sizeof terms));
    PetscCall(PetscOptionsSetValue(options, option, terms));
  }
  PetscCall(RunVisitOptions(CopyOption, options));
  PetscCall(PetscOptionsSetValue(options, "-help", NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In place of PetscVFPrintf: some of PETSc's help goes round PetscHelpPrintf. */
static PetscErrorCode KeepHelp(FILE *file, const char format[], va_list arguments)
{
  return PetscVFPrintfDefault(file == stdout || file == PETSC_STDOUT ? Help.stream : file, format, arguments);
}

/* RunCollectHelp - the help of all options, kept for RunGetHelp() and RunDescribeUnknown(); before any run is read from the options: PETSc
   prints the help of a class once. The run that prints it is thrown away. Collective. */
PetscErrorCode RunCollectHelp(void)
{
  PetscErrorCode (*print)(FILE *, const char[], va_list) = PetscVFPrintf;
  PetscOptions options;
  Run          run;

  PetscFunctionBegin;
  Help.stream = open_memstream(&Help.text, &Help.length);
  PetscCall(PetscOptionsCreate(&options));
  PetscCall(FillOptions(options));
  PetscCall(PetscOptionsPush(options));
  PetscVFPrintf = KeepHelp;
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  PetscCall(RunCreate(PETSC_COMM_WORLD, &run));
  Help.complete = (PetscBool)!RunSetFromOptions(run); /* a bad type is told when it is read in earnest */
  PetscCall(PetscPopErrorHandler());
  PetscVFPrintf = print;
  PetscCall(PetscOptionsPop());
  PetscCall(PetscOptionsDestroy(&options));
  PetscCall(RunDestroy(&run));
  (void)fclose(Help.stream);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunPrintHelp - what was collected. Collective. */
PetscErrorCode RunPrintHelp(void)
{
  PetscFunctionBegin;
  PetscCall(PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT, "%s", Help.text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The names in a help text, cut out of it in place: the first word of its line, without the '-'. */
static PetscInt CutNames(char help[], const char *names[])
{
  PetscInt count = 0;
  char    *rest;

  for (char *line = strtok_r(help, "\n", &rest); line && count < RUN_MAX_NAMES; line = strtok_r(NULL, "\n", &rest)) {
    line += strspn(line, " ");
    if (line[0] != '-' || !isalpha((unsigned char)line[1])) continue;
    line[1 + strcspn(line + 1, " :<")] = 0;
    names[count++]                     = line + 1;
  }
  return count;
}

/* RunDefaultOption - the default of an option as help tells it, "" where there is none or it is not known. On the first rank. */
void RunDefaultOption(const char name[], char value[], size_t length)
{
  char        line[PETSC_MAX_OPTION_NAME + 8];
  const char *found, *end;

  value[0] = 0;
  (void)snprintf(line, sizeof line, "\n  -%s", name);
  found = Help.text ? strstr(Help.text, line) : NULL;
  if (!found) return;
  found += strlen(line);
  found += *found == ':';
  end = strchr(found, '>');
  if (strncmp(found, " <", 2) != 0 || !end || !(found = strstr(found, " : ")) || found > end) return;
  found += 3;
  if (!strncmp(found, "formerly ", 9)) found += 9;
  (void)snprintf(value, length, "%.*s", (int)(end - found), found);
}

/* PETSc's own options that it asks for at its end only, or only when it was built with what they are about. */
static PetscBool BelongsToPetsc(const char name[])
{
  static const char *const names[] = {"citations",
                                      "info",
                                      "info_exclude",
                                      "memory_view",
                                      "mpi_return_on_error",
                                      "objects_dump",
                                      "log",
                                      "log_all",
                                      "log_exclude",
                                      "log_mpe",
                                      "log_nvtx",
                                      "log_sync",
                                      "log_threshold",
                                      "log_trace",
                                      "log_view",
                                      "log_view_gpu_time",
                                      "log_view_memory",
                                      "malloc",
                                      "malloc_coalesce",
                                      "malloc_debug",
                                      "malloc_dump",
                                      "malloc_hbw",
                                      "malloc_info",
                                      "malloc_test",
                                      "malloc_view",
                                      "malloc_view_threshold",
                                      "on_error_abort",
                                      "on_error_attach_debugger",
                                      "on_error_emacs",
                                      "on_error_malloc_dump",
                                      "on_error_mpiabort",
                                      "options_file_yaml",
                                      "options_left",
                                      "options_monitor",
                                      "options_monitor_cancel",
                                      "options_string_yaml",
                                      "options_suppress_deprecated_warnings",
                                      "options_view",
                                      NULL};

  for (const char *const *known = names; *known; known++)
    if (!strcmp(name, *known)) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* The sentence on one option, or "" when there is nothing to say. */
static PetscErrorCode Describe(const char option[], PetscBool known_too, PetscInt count, const char *const names[], char sentence[],
                               size_t length)
{
  const char *nearest;

  PetscFunctionBegin;
  sentence[0] = 0;
  PetscCall(JKONearestName(option, count, names, &nearest));
  if (!strncmp(option, "draw_", 5)) nearest = NULL; /* of PETSc's windows: help knows them only where there is one */
  if (nearest && strcmp(option, nearest) != 0)
    PetscCall(PetscSNPrintf(sentence, length, "-%s is not an option; did you mean -%s?", option, nearest));
  else if (known_too)
    PetscCall(PetscSNPrintf(sentence, length, "-%s has no effect together with the other options", option));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunDescribeUnknown - the first option that nobody has asked for and that no class knows of, in a sentence, or "". `known_too` takes
   those that are known but not used as well. Collective. */
PetscErrorCode RunDescribeUnknown(PetscBool known_too, char sentence[], size_t length)
{
  char       *help, **left, **value;
  const char *names[RUN_MAX_NAMES];
  PetscInt    n, count;

  PetscFunctionBegin;
  sentence[0] = 0;
  PetscCall(PetscStrallocpy(Help.text, &help));
  count = Help.complete ? CutNames(help, names) : 0;
  PetscCall(PetscOptionsLeftGet(NULL, &n, &left, &value));
  for (PetscInt i = 0; i < n && !sentence[0]; i++)
    if (!BelongsToPetsc(left[i])) PetscCall(Describe(left[i], known_too, count, names, sentence, length));
  PetscCall(PetscOptionsLeftRestore(NULL, &n, &left, &value));
  PetscCall(PetscFree(help));
  PetscCallMPI(MPI_Bcast(sentence, (PetscMPIInt)length, MPI_CHAR, 0, PETSC_COMM_WORLD)); /* the first rank alone has the help */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunRefuseUnknown - after the set-up, when all that is of use has been asked for: refuses what is left. Collective. */
PetscErrorCode RunRefuseUnknown(void)
{
  char sentence[512];

  PetscFunctionBegin;
  PetscCall(RunDescribeUnknown(PETSC_TRUE, sentence, sizeof sentence));
  PetscCheck(!sentence[0], PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s", sentence);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Keeps the first option without a value among those that need one: help shows their value in "<...>" right after the name. */
static PetscErrorCode FindEmpty(const char name[], const char value[], void *context)
{
  char       *empty = context, line[PETSC_MAX_OPTION_NAME + 8];
  const char *found;

  PetscFunctionBegin;
  if (value[0] || empty[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(line, sizeof line, "\n  -%s <", name));
  found = strstr(Help.text, line);
  if (found && found[strlen(line)] != '>') PetscCall(PetscStrncpy(empty, name, PETSC_MAX_OPTION_NAME));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the default that help shows is made of integers, "<now 3 : formerly 3>" or "<64>": so is the option's value then. */
static PetscBool TakesIntegers(const char name[])
{
  char        line[PETSC_MAX_OPTION_NAME + 8];
  const char *found, *end;

  (void)snprintf(line, sizeof line, "\n  -%s <", name);
  found = Help.text ? strstr(Help.text, line) : NULL;
  if (!found) return PETSC_FALSE;
  found += strlen(line);
  if (!strncmp(found, "now ", 4)) found += 4;
  end = found + strspn(found, "-0123456789,");
  return (PetscBool)(end > found && (*end == '>' || !strncmp(end, " : ", 3)));
}

/* Keeps "name: value" of the first integer that does not fit: PETSc would take what is left of its bits. */
static PetscErrorCode FindTooLarge(const char name[], const char value[], void *context)
{
  char *large = context, *end;

  PetscFunctionBegin;
  if (large[0] || !TakesIntegers(name)) PetscFunctionReturn(PETSC_SUCCESS);
  for (const char *number = value; *number; number = *end ? end + 1 : end) {
    long long integer;

    errno   = 0;
    integer = strtoll(number, &end, 10);
    if (errno == ERANGE || integer > PETSC_MAX_INT || integer < PETSC_MIN_INT)
      (void)snprintf(large, RUN_TEXT, "-%s: '%.*s' is beyond the largest integer, %" PetscInt_FMT, name, (int)(end - number), number,
                     PETSC_MAX_INT);
    if (end == number) end += strcspn(end, ","); /* a word: told when it is read */
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunRefuseTooLarge - an integer that would be wrapped round is refused. Collective. */
PetscErrorCode RunRefuseTooLarge(void)
{
  char large[RUN_TEXT] = "";

  PetscFunctionBegin;
  PetscCall(RunVisitOptions(FindTooLarge, large));
  PetscCallMPI(MPI_Bcast(large, sizeof large, MPI_CHAR, 0, PETSC_COMM_WORLD));
  PetscCheck(!large[0], PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s", large);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunRefuseEmpty - PETSc takes an option without its value for one that is not there; it is refused. Collective. */
PetscErrorCode RunRefuseEmpty(void)
{
  char empty[PETSC_MAX_OPTION_NAME] = "";

  PetscFunctionBegin;
  PetscCall(RunVisitOptions(FindEmpty, empty));
  PetscCallMPI(MPI_Bcast(empty, sizeof empty, MPI_CHAR, 0, PETSC_COMM_WORLD));
  PetscCheck(!empty[0], PETSC_COMM_WORLD, JKO_ERR_INPUT, "-%s has no value", empty);
  PetscFunctionReturn(PETSC_SUCCESS);
}
