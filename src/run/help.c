/* -help: the few options that a first run needs; -help WORD: those about it; -help all; -help table: all, for programs. */
#include <jko/private/optionsimpl.h>
#include <jko/private/runimpl.h>

#define HELP_COLUMN 38 /* where meanings begin */

static const char *const Form[] = {[JKO_OPTION_BOOL]       = "[true|false]",
                                   [JKO_OPTION_INT]        = "N",
                                   [JKO_OPTION_REAL]       = "NUMBER",
                                   [JKO_OPTION_INTS]       = "N[,N...]",
                                   [JKO_OPTION_REALS]      = "NUMBER[,NUMBER...]",
                                   [JKO_OPTION_WORD]       = "WORD",
                                   [JKO_OPTION_WORDS]      = "WORD[,WORD...]",
                                   [JKO_OPTION_EXPRESSION] = "EXPRESSION",
                                   [JKO_OPTION_FIELD]      = "NUMBER|EXPRESSION|FILE",
                                   [JKO_OPTION_FILE]       = "FILE",
                                   [JKO_OPTION_DURATION]   = "[hh:]mm:ss",
                                   [JKO_OPTION_SWITCH]     = "[WORD]",
                                   [JKO_OPTION_VIEWER]     = "[VIEWER]"};
static const char *const Role[] = {
    [JKO_OPTION_FREE] = "free", [JKO_OPTION_TUNES] = "tunes", [JKO_OPTION_BEGINS] = "begins", [JKO_OPTION_DEFINES] = "defines"};

static PetscBool Contains(const char text[], const char word[])
{
  const size_t length = strlen(word);

  for (const char *c = text; c && *c; c++)
    if (!strncasecmp(c, word, length)) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Whether an option is about a word. */
static PetscBool IsAbout(const RunOption *o, const char word[])
{
  return (PetscBool)(Contains(o->name, word) || Contains(o->option->help, word) || Contains(o->option->words, word));
}

static PetscErrorCode Meaning(const RunOption *o, char text[], size_t length)
{
  char choices[512] = "";

  PetscFunctionBegin;
  if (o->option->choices) PetscCall((*o->option->choices)(choices, sizeof choices));
  PetscCall(PetscSNPrintf(text, length, "%s%s", o->option->help ? o->option->help : "", choices));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintOption(const RunOption *o)
{
  const JKOOption *option = o->option;
  char             name[PETSC_MAX_OPTION_NAME + 32], meaning[1024];
  size_t           used;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof name, "  %s %s", o->name, Form[option->type]));
  PetscCall(Meaning(o, meaning, sizeof meaning));
  used = strlen(name) < HELP_COLUMN ? strlen(name) : 0; /* else the meaning has a line of its own */
  PetscCall(PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT, "%s%s%*s%s%s%s%s%s%s%s%s%s\n", name, used ? "" : "\n", HELP_COLUMN - (int)used, "",
                         meaning, option->usual || option->unit ? " [" : "", option->usual ? "default " : "",
                         option->usual ? option->usual : "", option->usual && option->unit ? ", " : "", option->unit ? "in " : "",
                         option->unit ? option->unit : "", option->usual || option->unit ? "]" : "", option->time ? " (may know t)" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A row for docs/options.sh, and for whoever wants it: columns separated by tabs. */
static PetscErrorCode PrintRow(const RunOption *o, const char class[], const char title[])
{
  char meaning[1024];

  PetscFunctionBegin;
  PetscCall(Meaning(o, meaning, sizeof meaning));
  PetscCall(PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", class, title, o->name, Form[o->option->type],
                         o->option->usual ? o->option->usual : "", o->option->unit ? o->option->unit : "", Role[o->option->role], meaning));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintAll(PetscBool rows)
{
  const RunOption *o;
  const PetscInt   count = RunGetOptions(&o);
  const char      *title = "";

  PetscFunctionBegin;
  if (rows) PetscCall(PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT, "class\ttitle\toption\ttype\tdefault\tunit\trole\tmeaning\n"));
  for (PetscInt i = 0; i < count; i++) {
    if (o[i].title) title = o[i].title;
    if (o[i].title && !rows) PetscCall(PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT, "\n%s (%s)\n", title, o[i].class));
    if (rows)
      PetscCall(PrintRow(&o[i], o[i].class, title));
    else
      PetscCall(PrintOption(&o[i]));
  }
  if (!rows)
    PetscCall(
        PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT,
                     "\nPETSc's own, see its manual\n"
                     "  -options_file FILE                    Options from a file, a line each\n"
                     "  -log_view                             Where the time goes\n"
                     "  -sinkhorn_snes_type TYPE              The accelerator of a step, weightedanderson, elliptic or one of PETSc's\n"
                     "  -sinkhorn_snes_...                    Its options\n"
                     "  -sinkhorn_elliptic_ksp_..., _pc_...   Options of the linear solver of elliptic\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintFirst(void)
{
  const RunOption *o;
  const PetscInt   count = RunGetOptions(&o);

  PetscFunctionBegin;
  PetscCall(PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT, "The options that a first run needs:\n\n"));
  for (PetscInt i = 0; i < count; i++)
    if (o[i].option->first && !o[i].species && strncmp(o[i].name, "-reaction_", 10) != 0) PetscCall(PrintOption(&o[i]));
  PetscCall(
      PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT,
                   "\n`jko -help WORD` prints the options about WORD, `jko -help all` all of them, with types, defaults and units.\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunPrintHelp - the options about a word, "all", "table", or without one those that a first run needs. Collective. */
PetscErrorCode RunPrintHelp(const char word[])
{
  const RunOption *o;
  const PetscInt   count = RunGetOptions(&o);
  PetscInt         found = 0;

  PetscFunctionBegin;
  if (!word || !strcmp(word, "all") || !strcmp(word, "table")) {
    PetscCall(word ? PrintAll((PetscBool)!strcmp(word, "table")) : PrintFirst());
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscInt i = 0; i < count; i++)
    if (IsAbout(&o[i], word)) {
      PetscCall(PrintOption(&o[i]));
      found++;
    }
  if (!found) PetscCall(PetscFPrintf(PETSC_COMM_WORLD, PETSC_STDOUT, "No option is about '%s'; `jko -help all` lists them all.\n", word));
  PetscFunctionReturn(PETSC_SUCCESS);
}
