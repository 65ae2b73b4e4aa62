/* The readers of options: what the table of a class says of one, the text from PETSc's database, and the value it stands for, whole and in
   range. PETSc itself would take the start of a number for it, wrap an integer round, and name the value but not the option. */
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <jko/options.h>
#include <jko/private/petsccompat.h>

#define OPTION_NAME 256
#define OPTION_TEXT 8192 /* characters of a value */

/* An option as it is read: what the table says of it, what the user wrote. */
typedef struct {
  const JKOOption *entry;
  MPI_Comm         comm;
  char             name[OPTION_NAME]; /* with the prefix of the object */
  char             text[OPTION_TEXT];
} Given;

static PetscErrorCode OptionFind(const JKOOption table[], const char name[], const JKOOption **entry)
{
  PetscFunctionBegin;
  for (*entry = table; (*entry)->name && strcmp((*entry)->name, name) != 0; (*entry)++) continue;
  PetscCheck((*entry)->name, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "%s stands in no table of options: declare it beside its reader", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OptionRead(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], Given *given,
                                 PetscBool *set)
{
  const JKOOption *o;
  PetscBool        there;

  PetscFunctionBegin;
  PetscCall(OptionFind(table, name, &o));
  given->entry = o;
  given->comm  = PetscOptionsObject->comm;
  PetscCall(
      PetscSNPrintf(given->name, sizeof given->name, "-%s%s", PetscOptionsObject->prefix ? PetscOptionsObject->prefix : "", name + 1));
  PetscCall(PetscOptionsString(name, o->help, o->setter, o->usual ? o->usual : "", given->text, sizeof given->text, &there));
  if (set) *set = there;
  if (!there) given->entry = NULL;
  if (!there) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(given->text[0] || o->type == JKO_OPTION_BOOL || o->type == JKO_OPTION_SWITCH, given->comm, JKO_ERR_INPUT, "%s has no value",
             given->name);
  PetscCheck(strlen(given->text) + 1 < sizeof given->text, given->comm, JKO_ERR_INPUT, "%s: longer than %d characters", given->name,
             OPTION_TEXT - 2);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a number ends where its word does. */
static PetscBool EndsWord(const char word[], const char end[])
{
  return (PetscBool)(end > word && !end[strspn(end, " ")]);
}

static PetscErrorCode ParseReal(const Given *given, const char word[], PetscReal *value)
{
  char  *end;
  double number;

  PetscFunctionBegin;
  errno  = 0;
  number = strtod(word, &end);
  PetscCheck(EndsWord(word, end), given->comm, JKO_ERR_INPUT, "%s: '%s' is not a number", given->name, word);
  PetscCheck(errno != ERANGE, given->comm, JKO_ERR_INPUT, "%s: '%s' is out of range: a number is 0, or between %.2g and %.2g", given->name,
             word, DBL_MIN, DBL_MAX);
  PetscCheck(isfinite(number), given->comm, JKO_ERR_INPUT, "%s: '%s' is not a finite number", given->name, word);
  *value = (PetscReal)number;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ParseInt(const Given *given, const char word[], PetscInt *value)
{
  char     *end;
  long long number;

  PetscFunctionBegin;
  errno  = 0;
  number = strtoll(word, &end, 10);
  PetscCheck(EndsWord(word, end), given->comm, JKO_ERR_INPUT, "%s: '%s' is not an integer", given->name, word);
  PetscCheck(errno != ERANGE && number <= PETSC_INT_MAX && number >= -PETSC_INT_MAX - 1, given->comm, JKO_ERR_INPUT,
             "%s: '%s' is beyond the largest integer, %" PetscInt_FMT, given->name, word, PETSC_INT_MAX);
  *value = (PetscInt)number;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  JKOOptionsReal - a finite number. Collective.

  Between PetscObjectOptionsBegin() and PetscOptionsEnd(); the table has the option. The value is left as it is where the option is
not given, which `set` (may be NULL) tells. Errors (JKO_ERR_INPUT): a value that is not of the type, named with its option.
@*/
PetscErrorCode JKOOptionsReal(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], PetscReal *value,
                              PetscBool *set)
{
  Given given;

  PetscFunctionBegin;
  PetscCall(OptionRead(PetscOptionsObject, table, name, &given, set));
  if (given.entry) PetscCall(ParseReal(&given, given.text, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  JKOOptionsInt - an integer. Collective.

  Between PetscObjectOptionsBegin() and PetscOptionsEnd(); the table has the option. The value is left as it is where the option is
not given, which `set` (may be NULL) tells. Errors (JKO_ERR_INPUT): a value that is not of the type, named with its option.
@*/
PetscErrorCode JKOOptionsInt(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], PetscInt *value, PetscBool *set)
{
  Given given;

  PetscFunctionBegin;
  PetscCall(OptionRead(PetscOptionsObject, table, name, &given, set));
  if (given.entry) PetscCall(ParseInt(&given, given.text, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  JKOOptionsBool - a truth value; the option without a value is true. Collective.

  Between PetscObjectOptionsBegin() and PetscOptionsEnd(); the table has the option. The value is left as it is where the option is
not given, which `set` (may be NULL) tells. Errors (JKO_ERR_INPUT): a value that is not of the type, named with its option.
@*/
PetscErrorCode JKOOptionsBool(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], PetscBool *value,
                              PetscBool *set)
{
  Given given;
  int   truth;

  PetscFunctionBegin;
  PetscCall(OptionRead(PetscOptionsObject, table, name, &given, set));
  if (!given.entry) PetscFunctionReturn(PETSC_SUCCESS);
  truth = JKOOptionTruth(given.text);
  PetscCheck(truth >= 0, given.comm, JKO_ERR_INPUT, "%s: '%s' is neither true nor false", given.name, given.text);
  *value = (PetscBool)truth;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C JKOOptionTruth - 1 or 0 for a truth value as PETSc writes it, no word at all being true; -1 for other words. Not collective. @*/
int JKOOptionTruth(const char word[])
{
  static const char *const words[2][4] = {{"false", "no", "0", "off"}, {"true", "yes", "1", "on"}};

  if (!word[0]) return 1;
  for (int truth = 0; truth < 2; truth++)
    for (int i = 0; i < 4; i++)
      if (!strcasecmp(word, words[truth][i])) return truth;
  return -1;
}

/* A field that is a number is one in range. */
static PetscErrorCode CheckNumber(const Given *given)
{
  PetscReal number;
  char     *end;

  PetscFunctionBegin;
  (void)strtod(given->text, &end);
  if (EndsWord(given->text, end)) PetscCall(ParseReal(given, given->text, &number));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Cuts a list at its commas, in place. */
static PetscErrorCode OptionSplit(Given *given, PetscInt room, char *word[], PetscInt *count)
{
  char *rest = given->text;

  PetscFunctionBegin;
  *count = 1;
  for (const char *c = given->text; *c; c++) *count += *c == ',';
  PetscCheck(*count <= room, given->comm, JKO_ERR_INPUT, "%s: %" PetscInt_FMT " values given; at most %" PetscInt_FMT " are taken",
             given->name, *count, room);
  for (PetscInt i = 0; i < *count; i++) {
    word[i] = strsep(&rest, ",");
    PetscCheck(word[i][strspn(word[i], " ")], given->comm, JKO_ERR_INPUT, "%s: value %" PetscInt_FMT " of the list is empty", given->name,
               i + 1);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  JKOOptionsReals - numbers separated by commas: `count` is the room on entry, the length on return. Collective.

  Between PetscObjectOptionsBegin() and PetscOptionsEnd(); the table has the option. The value is left as it is where the option is
not given, which `set` (may be NULL) tells. Errors (JKO_ERR_INPUT): a value that is not of the type, named with its option.
@*/
PetscErrorCode JKOOptionsReals(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], PetscReal value[],
                               PetscInt *count, PetscBool *set)
{
  Given given;
  char *word[OPTION_TEXT / 2];

  PetscFunctionBegin;
  PetscCall(OptionRead(PetscOptionsObject, table, name, &given, set));
  if (!given.entry) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(OptionSplit(&given, *count, word, count));
  for (PetscInt i = 0; i < *count; i++) PetscCall(ParseReal(&given, word[i], &value[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  JKOOptionsInts - integers separated by commas: `count` is the room on entry, the length on return. Collective.

  Between PetscObjectOptionsBegin() and PetscOptionsEnd(); the table has the option. The value is left as it is where the option is
not given, which `set` (may be NULL) tells. Errors (JKO_ERR_INPUT): a value that is not of the type, named with its option.
@*/
PetscErrorCode JKOOptionsInts(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], PetscInt value[],
                              PetscInt *count, PetscBool *set)
{
  Given given;
  char *word[OPTION_TEXT / 2];

  PetscFunctionBegin;
  PetscCall(OptionRead(PetscOptionsObject, table, name, &given, set));
  if (!given.entry) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(OptionSplit(&given, *count, word, count));
  for (PetscInt i = 0; i < *count; i++) PetscCall(ParseInt(&given, word[i], &value[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  JKOOptionsWords - words separated by commas, to be freed one by one: `count` is the room on entry, the length on return. Collective.

  Between PetscObjectOptionsBegin() and PetscOptionsEnd(); the table has the option. The value is left as it is where the option is
not given, which `set` (may be NULL) tells. Errors (JKO_ERR_INPUT): a value that is not of the type, named with its option.
@*/
PetscErrorCode JKOOptionsWords(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], char *word[], PetscInt *count,
                               PetscBool *set)
{
  Given given;

  PetscFunctionBegin;
  PetscCall(OptionRead(PetscOptionsObject, table, name, &given, set));
  if (!given.entry) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(OptionSplit(&given, *count, word, count));
  for (PetscInt i = 0; i < *count; i++) {
    const char *const copied = word[i] + strspn(word[i], " ");

    PetscCall(PetscStrallocpy(copied, &word[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  JKOOptionsText - a text of fewer than `length` characters. Collective.

  Between PetscObjectOptionsBegin() and PetscOptionsEnd(); the table has the option. The value is left as it is where the option is
not given, which `set` (may be NULL) tells. Errors (JKO_ERR_INPUT): a value that is not of the type, named with its option.
@*/
PetscErrorCode JKOOptionsText(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], char text[], size_t length,
                              PetscBool *set)
{
  Given given;

  PetscFunctionBegin;
  PetscCall(OptionRead(PetscOptionsObject, table, name, &given, set));
  if (!given.entry) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(strlen(given.text) < length, given.comm, JKO_ERR_INPUT, "%s: longer than %d characters", given.name, (int)length - 1);
  if (given.entry->type == JKO_OPTION_FIELD) PetscCall(CheckNumber(&given));
  PetscCall(PetscStrncpy(text, given.text, length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  JKOOptionsDuration - [hh:]mm:ss, in seconds. Collective.

  Between PetscObjectOptionsBegin() and PetscOptionsEnd(); the table has the option. The value is left as it is where the option is
not given, which `set` (may be NULL) tells. Errors (JKO_ERR_INPUT): a value that is not of the type, named with its option.
@*/
PetscErrorCode JKOOptionsDuration(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], PetscReal *seconds,
                                  PetscBool *set)
{
  Given given;
  int   part[3] = {0}, used = 0, count = 0;

  PetscFunctionBegin;
  PetscCall(OptionRead(PetscOptionsObject, table, name, &given, set));
  if (!given.entry) PetscFunctionReturn(PETSC_SUCCESS);
  if (strspn(given.text, "0123456789:") == strlen(given.text))
    count = sscanf(given.text, "%6d:%6d%n:%6d%n", &part[0], &part[1], &used, &part[2], &used);
  PetscCheck(count >= 2 && used == (int)strlen(given.text) && part[1] < 60 && part[2] < 60, given.comm, JKO_ERR_INPUT,
             "%s: '%s' is no time; give [hh:]mm:ss, as in 1:30:00", given.name, given.text);
  *seconds = count == 3 ? 3600. * part[0] + 60. * part[1] + part[2] : 60. * part[0] + part[1];
  PetscCheck(*seconds > 0, given.comm, JKO_ERR_INPUT, "%s: '%s' is no time at all", given.name, given.text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  JKOOptionsViewer - one of PETSc's viewers, to be destroyed by the caller; NULL where the option is not given. Collective.

  Between PetscObjectOptionsBegin() and PetscOptionsEnd(); the table has the option.
@*/
PetscErrorCode JKOOptionsViewer(JKOOptionItems PetscOptionsObject, const JKOOption table[], const char name[], PetscViewer *viewer)
{
  const JKOOption *o;

  PetscFunctionBegin;
  PetscCall(OptionFind(table, name, &o));
  PetscCall(PetscOptionsViewer(name, o->help, o->setter, viewer, NULL, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}
