/* "Did you mean ...?": the distance of two words is the least number of letters to insert, delete or replace
   (Levenshtein 1966), row by row of the table  d(i, j) = min(d(i-1, j) + 1, d(i, j-1) + 1, d(i-1, j-1) + [a_i != b_j]). */
#include <ctype.h>
#include <jko/private/sysimpl.h>

#define JKO_WORD    64 /* letters that are compared */
#define JKO_LETTERS 3  /* of a word, for each that may be wrong */

static PetscInt EditDistance(const char a[], const char b[])
{
  const size_t n = PetscMin(strlen(a), JKO_WORD), m = PetscMin(strlen(b), JKO_WORD);
  PetscInt     row[JKO_WORD + 1];

  for (size_t j = 0; j <= m; j++) row[j] = (PetscInt)j;
  for (size_t i = 1; i <= n; i++) {
    PetscInt diagonal = row[0];

    row[0] = (PetscInt)i;
    for (size_t j = 1; j <= m; j++) {
      const PetscInt replaced = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));

      diagonal = row[j];
      row[j]   = PetscMin(replaced, PetscMin(row[j], row[j - 1]) + 1);
    }
  }
  return row[m];
}

PetscErrorCode JKONearestName(const char word[], PetscInt count, const char *const names[], const char *nearest[])
{
  PetscInt best = PetscMax(1, (PetscInt)strlen(word) / JKO_LETTERS) + 1;

  PetscFunctionBegin;
  *nearest = NULL;
  for (PetscInt i = 0; i < count; i++) {
    const PetscInt distance = EditDistance(word, names[i]);

    if (distance < best) *nearest = names[i];
    best = PetscMin(best, distance);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscBool JKOHasWord(const char words[], const char word[])
{
  const size_t length = strlen(word);

  for (const char *w = words; w && *w; w += strcspn(w, " "), w += *w == ' ')
    if (strcspn(w, " ") == length && !strncasecmp(w, word, length)) return PETSC_TRUE;
  return PETSC_FALSE;
}
