/* Parameters of terms that may vary from cell to cell: a number, an expression in x, y, z, r, a dataset of a file, or a vector. */
#include <jko/private/energyimpl.h>
#include <jko/private/fieldimpl.h>

#define FIELD_TEXT 4096 /* characters of an expression */

static PetscErrorCode EnergyFieldDrop(EnergyField *f)
{
  PetscFunctionBegin;
  if (f->value) PetscCall(VecRestoreArrayRead(f->field, &f->value));
  f->value = NULL;
  PetscCall(VecDestroy(&f->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes the text of an option, or NULL, as the one source of the values. */
static PetscErrorCode EnergyFieldSetText(EnergyTerm term, const char expression[], const char file[], EnergyField *f)
{
  PetscFunctionBegin;
  EnergyNeedsSetUp(term->energy);
  PetscCall(EnergyFieldDestroy(f));
  PetscCall(PetscStrallocpy(expression, &f->expression));
  PetscCall(PetscStrallocpy(file, &f->file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergyFieldDestroy(EnergyField *f)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldDrop(f));
  PetscCall(PetscFree(f->expression));
  PetscCall(PetscFree(f->file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same number everywhere: finite, not negative. */
PetscErrorCode EnergyFieldSetNumber(EnergyTerm term, const char type[], const char suffix[], PetscReal value, EnergyField *f)
{
  char option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermChange(term, type));
  PetscCall(EnergyTermOptionInFull(term, suffix, option, sizeof option));
  PetscCheck(value >= 0 && !PetscIsInfOrNanReal(value), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: %.6g given; a %s is 0 or positive, and finite", option, (double)value, suffix[0] ? suffix + 1 : type);
  PetscCall(EnergyFieldSetText(term, NULL, NULL, f));
  f->number = value;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A vector of the energy's grid, referenced: its values are not to be changed as long as it is in use. */
PetscErrorCode EnergyFieldSetVector(EnergyTerm term, const char type[], const char what[], Vec field, EnergyField *f)
{
  PetscScalar sum;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(field, VEC_CLASSID, 4);
  PetscCall(EnergyTermChange(term, type));
  PetscCall(VecSum(field, &sum));
  PetscCheck(!PetscIsInfOrNanScalar(sum), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "the field of the %s '%s' has values that are not finite", what, ((PetscObject)term)->name);
  PetscCall(PetscObjectReference((PetscObject)field));
  PetscCall(EnergyFieldSetText(term, NULL, NULL, f));
  f->field = field;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number goes to the setter, a name that looks like a file's is one, all else is an expression. */
static PetscErrorCode EnergyFieldTakeText(EnergyTerm term, const char text[], PetscErrorCode (*set)(EnergyTerm, PetscReal), EnergyField *f)
{
  PetscBool is_file;
  double    number;
  char     *end;

  PetscFunctionBegin;
  number = strtod(text, &end);
  if (end > text && !*end) {
    PetscCall((*set)(term, (PetscReal)number));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(FieldIsFile(PetscObjectComm((PetscObject)term), text, &is_file));
  PetscCall(EnergyFieldSetText(term, is_file ? NULL : text, is_file ? text : NULL, f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a file may have cells of its own; `file` is what has to be added to the option to give one. */
static PetscErrorCode EnergyFieldReadInterpolate(EnergyTerm term, JKOOptionItems PetscOptionsObject, const char name[], const char file[],
                                                 EnergyField *f)
{
  char      option[256], in_full[256];
  PetscBool given = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(option, sizeof option, "%s_interpolate", name));
  PetscCall(EnergyTermOptionInFull(term, name + 1, in_full, sizeof in_full));
  PetscCall(JKOOptionsBool(PetscOptionsObject, term->options, option, &f->interpolate, &given));
  PetscCheck(!given || !f->interpolate || f->file, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s_interpolate: there is nothing to interpolate without a file; give %s%s", in_full, in_full, file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One option for a number, an expression or a file. */
PetscErrorCode EnergyFieldFromOption(EnergyTerm term, JKOOptionItems PetscOptionsObject, const char name[],
                                     PetscErrorCode (*set)(EnergyTerm, PetscReal), EnergyField *f)
{
  char      text[FIELD_TEXT];
  PetscBool given;

  PetscFunctionBegin;
  PetscCall(JKOOptionsText(PetscOptionsObject, term->options, name, text, sizeof text, &given));
  if (given) PetscCall(EnergyFieldTakeText(term, text, set, f));
  PetscCall(EnergyFieldReadInterpolate(term, PetscOptionsObject, name, " F.h5[:dataset]", f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An option for an expression and one with _file for a file. */
PetscErrorCode EnergyFieldFromOptionPair(EnergyTerm term, JKOOptionItems PetscOptionsObject, const char name[], EnergyField *f)
{
  char      option[256], in_full[256], expression[FIELD_TEXT], file[PETSC_MAX_PATH_LEN];
  PetscBool by_expression, by_file;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(option, sizeof option, "%s_file", name));
  PetscCall(JKOOptionsText(PetscOptionsObject, term->options, name, expression, sizeof expression, &by_expression));
  PetscCall(JKOOptionsText(PetscOptionsObject, term->options, option, file, sizeof file, &by_file));
  PetscCall(EnergyTermOptionInFull(term, name + 1, in_full, sizeof in_full));
  PetscCheck(!by_expression || !by_file, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s and %s_file are both given; use one of them", in_full, in_full);
  if (by_expression || by_file) PetscCall(EnergyFieldSetText(term, by_expression ? expression : NULL, by_file ? file : NULL, f));
  PetscCall(EnergyFieldReadInterpolate(term, PetscOptionsObject, name, "_file", f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Values from an expression or a file. The option of a pair has _file at its end for a file. */
static PetscErrorCode EnergyFieldRead(EnergyTerm term, const char option[], const char what[], PetscReal least, EnergyField *f)
{
  const Grid               grid  = term->energy->grid;
  const FieldInterpolation other = f->is_density ? FIELD_MEANS : least >= 0 ? FIELD_BOUNDED : FIELD_VALUES;
  Vec                      field;

  PetscFunctionBegin;
  PetscCall(GridCreateVector(grid, &field));
  if (f->file)
    PetscCall(FieldFromFileInterpolated(grid, option, f->file, what, f->interpolate ? other : FIELD_AS_IT_IS, field));
  else {
    PetscCall(FieldFromExpression(grid, option, f->expression, FIELD_TIMELESS, field));
    PetscCall(FieldCheckCells(grid, option, f->expression, field));
  }
  PetscCall(FieldCheckSeams(grid, option, "a step of what it is, for a potential a wall with a constant force before it", field));
  f->field = field; /* only now: a field that could not be read is not there */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes the values ready, each at least `least`; `what` is what they are called in messages and in files. */
PetscErrorCode EnergyFieldSetUp(EnergyTerm term, const char suffix[], const char what[], PetscReal least, EnergyField *f)
{
  PetscLayout layout;
  PetscBool   same;
  char        option[256];

  PetscFunctionBegin;
  if (EnergyFieldIsNumber(f)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyTermOptionInFull(term, suffix, option, sizeof option));
  if (!f->field) PetscCall(EnergyFieldRead(term, option, what, least, f));
  PetscCall(VecGetLayout(f->field, &layout));
  PetscCall(PetscLayoutCompare(layout, term->energy->layout, &same));
  PetscCheck(same, PetscObjectComm((PetscObject)term), PETSC_ERR_ARG_INCOMP,
             "the field of the %s '%s' is not a vector of the energy's grid", what, ((PetscObject)term)->name);
  if (!f->value) PetscCall(FieldCheck(term->energy->grid, f->file ? JKO_ERR_FILE : JKO_ERR_INPUT, option, least, f->field));
  if (!f->value) PetscCall(VecGetArrayRead(f->field, &f->value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The parameter of a coarse term from that of the term itself: means over the cells of a coarse one. */
PetscErrorCode EnergyFieldCopy(EnergyTerm term, const EnergyField *f, EnergyTerm coarse, EnergyField *c)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetText(coarse, NULL, NULL, c));
  c->number = f->number;
  if (!f->field) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(GridCreateVector(coarse->energy->grid, &c->field));
  PetscCall(GridRestrict(term->energy->grid, f->field, coarse->energy->grid, c->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "0.1", "1 + x^2", "from F.h5" or "a given field". */
PetscErrorCode EnergyFieldText(const EnergyField *f, char text[], size_t length)
{
  PetscFunctionBegin;
  if (EnergyFieldIsNumber(f))
    PetscCall(PetscSNPrintf(text, length, "%.6g", (double)f->number));
  else if (f->expression)
    PetscCall(PetscStrncpy(text, f->expression, length));
  else
    PetscCall(PetscSNPrintf(text, length, "%s%s", f->file ? "from " : "a given field", f->file ? f->file : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
