/* What a file says of its dimensions against the axes of the grid: names in the order z, y, x, coordinates in the centres of the cells, to
   a thousandth of a cell. A dimension that says nothing is taken by its place. */
#include <math.h>
#include "source.h"

#define TOLERANCE 1e-3 /* of a cell */

/* FieldInterpolateCure - "; -density_interpolate brings it to the grid", after what is said of a file that another grid made; "" where
   there is no such option. Not collective. */
PetscErrorCode FieldInterpolateCure(FieldFile file, char cure[], size_t length)
{
  const size_t    option = strlen(file->option);
  const PetscBool named  = (PetscBool)(option > 5 && !strcmp(file->option + option - 5, "_file"));

  PetscFunctionBegin;
  cure[0] = 0;
  if (strcmp(file->option, "-restart") != 0)
    PetscCall(PetscSNPrintf(cure, length, "; %.*s_interpolate brings it to the grid", (int)(named ? option - 5 : option), file->option));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldSourceMatchNames - fails the file where a dimension runs along another axis than its place says. Collective, as are all below. Two
   axes of a box may be any two, as z and x of a section, and one any one. */
PetscErrorCode FieldSourceMatchNames(FieldSource *s)
{
  PetscBool ordered = PETSC_TRUE;
  const int rank    = s->layout.rank;

  PetscFunctionBegin;
  for (int i = 0; i < rank; i++) {
    const int kind = s->dim[i].kind;

    if (kind < 0 || kind == FIELD_TIME || (i && kind >= s->dim[i - 1].kind)) ordered = PETSC_FALSE;
  }
  for (int i = 0; i < rank && !ordered; i++) {
    const int  kind  = s->dim[i].kind;
    const char wants = s->layout.axis[i];

    PetscCall(FieldFileFail(s->file, (PetscBool)(kind >= 0 && "xyzt"[kind] != wants),
                            "has axis %s of dataset '%s' where %c belongs; the order is z, y, x", s->dim[i].name, s->name, wants));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first coordinate that is off the centre of its cell, from the front or, `down`, from the end; n without one. */
static PetscErrorCode FindStray(const FieldSource *s, int i, PetscBool down, hsize_t *stray)
{
  const FieldDimension *dim  = &s->dim[i];
  const PetscInt        axis = s->layout.rank - 1 - i;
  PetscReal             h[3], centre;

  PetscFunctionBegin;
  PetscCall(GridGetSpacing(s->file->grid, h));
  for (*stray = 0; *stray < dim->n; ++*stray) {
    PetscCall(GridGetCentre(s->file->grid, axis, (PetscInt)*stray, &centre));
    if (!(fabs(dim->centre[down ? dim->n - 1 - *stray : *stray] - (double)centre) <= TOLERANCE * (double)h[axis] + dim->precision)) break;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldSourceTellDown - says that an axis is turned round. */
PetscErrorCode FieldSourceTellDown(const FieldSource *s, int i)
{
  const FieldDimension *dim = &s->dim[i];

  PetscFunctionBegin;
  PetscCall(PetscPrintf(s->file->comm, "%s: '%s' runs down along %s, from %g to %g: turned round\n", s->file->option, s->file->path,
                        dim->name, dim->centre[0], dim->centre[dim->n - 1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldSourceMatchPlaces - fails the file where its cells are not those of the grid; finds the axes that run down. */
PetscErrorCode FieldSourceMatchPlaces(FieldSource *s)
{
  char cure[FIELD_MESSAGE / 4];

  PetscFunctionBegin;
  PetscCall(FieldInterpolateCure(s->file, cure, sizeof cure));
  for (int i = 0; i < s->layout.rank && !s->file->failure[0]; i++) {
    const FieldDimension *dim = &s->dim[i];
    const PetscInt        n = (PetscInt)dim->n, axis = s->layout.rank - 1 - i;
    PetscReal             first, last;
    hsize_t               stray = 0, other = 0;

    if (!dim->centre) continue;
    PetscCall(FindStray(s, i, PETSC_FALSE, &stray));
    if (stray < dim->n) PetscCall(FindStray(s, i, PETSC_TRUE, &other));
    s->down[i] = (PetscBool)(other == dim->n);
    if (s->down[i]) PetscCall(FieldSourceTellDown(s, i));
    if (stray == dim->n || s->down[i]) continue;
    PetscCall(GridGetCentre(s->file->grid, axis, 0, &first));
    PetscCall(GridGetCentre(s->file->grid, axis, n - 1, &last));
    PetscCall(FieldFileFail(
        s->file, PETSC_TRUE,
        "has the cells of dataset '%s' elsewhere along %s: from %g to %g%s%s, cell %lld at %g; those of the grid are from %g to %g%s",
        s->name, dim->name, dim->centre[0], dim->centre[n - 1], dim->units[0] ? " " : "", dim->units, (long long)stray, dim->centre[stray],
        (double)first, (double)last, cure));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
