/* PETSc's database of options: what is in it, name by name, and where it came from. Values are asked for by name: the lists that PETSc
   prints are for people, and change from version to version. */
#include <stdlib.h>
#include <petscviewer.h>
#include <jko/private/runimpl.h>

#define DATABASE_DEPTH 8 /* of options files that name others */

/* The names that PETSc lists, a line each in a text of its own making, to be freed. A value may make lines too: not each is a name. */
static PetscErrorCode ListNames(char **text)
{
  size_t      length;
  FILE       *stream = open_memstream(text, &length);
  PetscViewer viewer;

  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIOpenWithFILE(PETSC_COMM_SELF, stream, &viewer));
  PetscCall(PetscOptionsView(NULL, viewer));
  PetscCall(PetscViewerDestroy(&viewer));
  (void)fclose(stream);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The value of an option without counting it as asked for, NULL where there is no such option; "" without a value. */
static PetscErrorCode PeekOption(const char option[], PetscInt left, char *const name[], char *const unused[], const char **value)
{
  PetscBool there;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < left; i++)
    if (!strcasecmp(option + 1, name[i])) {
      *value = unused[i] ? unused[i] : "";
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(PetscOptionsFindPair(NULL, NULL, option, value, &there));
  if (there && !*value) *value = "";
  if (!there) *value = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunVisitOptions - calls for every option of the database; a known one by the name that it was declared with. Not collective. */
PetscErrorCode RunVisitOptions(RunOptionVisitor *visit, void *context)
{
  char    *text = NULL, *rest, **name, **unused, *seen = NULL;
  size_t   length;
  FILE    *visited = open_memstream(&seen, &length);
  PetscInt left;

  PetscFunctionBegin;
  PetscCall(ListNames(&text));
  PetscCall(PetscOptionsLeftGet(NULL, &left, &name, &unused));
  for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    char             mark[PETSC_MAX_OPTION_NAME + 4];
    const char      *value = NULL;
    const RunOption *known;

    line[strcspn(line, " ")] = 0;
    (void)fflush(visited);
    (void)snprintf(mark, sizeof mark, "\n%s\n", line);
    if (line[0] == '-' && line[1] && !strstr(seen, mark)) PetscCall(PeekOption(line, left, name, unused, &value));
    if (!value) continue;
    (void)fputs(mark, visited);
    known = RunFindOption(line);
    PetscCall((*visit)(known ? known->name + 1 : line + 1, value, context));
  }
  PetscCall(PetscOptionsLeftRestore(NULL, &left, &name, &unused));
  (void)fclose(visited);
  free(seen);
  free(text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool IsOption(const char word[], const char option[])
{
  return (PetscBool)(word[0] == '-' && !strcasecmp(word + (word[1] == '-'), option));
}

/* The last word of a text, separated by blanks, that names the option, or NULL; cuts the text. Files named by -options_file go first. */
static PetscBool SearchText(char text[], const char option[], int depth, char origin[], size_t length)
{
  static const char blank[] = " \t\r\n";
  char             *rest;
  PetscBool         found = PETSC_FALSE;

  for (char *word = strtok_r(text, blank, &rest); word; word = strtok_r(NULL, blank, &rest)) {
    if (word[0] == '#') { /* a comment runs to the end of its line, which strtok_r() may have cut */
      rest = rest ? rest + strcspn(rest, "\n") : rest;
      continue;
    }
    if (IsOption(word, option)) found = PETSC_TRUE;
    if (IsOption(word, "-options_file") && (word = strtok_r(NULL, blank, &rest))) RunSearchFile(word, option, depth + 1, origin, length);
    if (!word) break;
  }
  return found;
}

/* RunSearchFile - keeps the name of a file of options that names the option, or of one that it names. Not collective. */
void RunSearchFile(const char path[], const char option[], int depth, char origin[], size_t length)
{
  FILE  *file = depth < DATABASE_DEPTH ? fopen(path, "r") : NULL;
  char   text[1 << 16];
  size_t n;

  if (!file) return;
  n       = fread(text, 1, sizeof text - 1, file);
  text[n] = 0;
  (void)fclose(file);
  if (SearchText(text, option, depth, origin, length)) (void)snprintf(origin, length, "'%s'", path);
}

/* RunOptionOrigin - where an option that does not stand on the command line comes from: "'mine.opts'", "PETSC_OPTIONS"; "" where it does,
   or where that is not known. Later places win, as with PETSc. Not collective. */
PetscErrorCode RunOptionOrigin(const char option[], char origin[], size_t length)
{
  const char *const environment = getenv("PETSC_OPTIONS"), *const home = getenv("HOME");
  char path[PETSC_MAX_PATH_LEN], *copy, **word;
  int  count;

  PetscFunctionBegin;
  origin[0] = 0;
  PetscCall(PetscGetArgs(&count, &word));
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/.petscrc", home ? home : ""));
  RunSearchFile(path, option, 0, origin, length);
  if (environment) {
    PetscCall(PetscStrallocpy(environment, &copy));
    if (SearchText(copy, option, 0, origin, length)) PetscCall(PetscStrncpy(origin, "PETSC_OPTIONS", length));
    PetscCall(PetscFree(copy));
  }
  for (int i = 1; i < count; i++) {
    if (IsOption(word[i], option)) origin[0] = 0;
    if (IsOption(word[i], "-options_file") && i + 1 < count) RunSearchFile(word[i + 1], option, 0, origin, length);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
