/* A field from an expression: v_c = f(x_c, y_c, z_c, r_c, t) at the centres of the cells, f read by muParser. Each is declared with the
   names it may use: the axes of its grid, t where it depends on time, one variable more of its own. The others are known, to be refused.

   muParser takes more than a field can mean: "x=3" assigns, "1,5" is two values, 1/0 and log(-1) give inf and nan without
   a word. All three are refused here. Source: the C interface muParserDLL.h of muParser 2.3. */
#include <ctype.h>
#include <muParserDLL.h>
#include <jko/private/fieldimpl.h>

#define EXPRESSION_WORD    128                /* characters of a name or a number */
#define EXPRESSION_NAMES   8                  /* variables, at most */
#define EXPRESSION_BETWEEN "+-*/^<>=&|?:,() " /* what stands between them */

typedef struct _n_FieldFunction {
  muParserHandle_t parser;
  double           x[3], r, t, variable;
  PetscInt         dim;
  PetscBool        timed;     /* it may use t */
  char             names[64]; /* of what it may use, for messages */
} Expression;

/* In place, in time unless that is FIELD_TIMELESS, and in one variable more where that has a name. */
static PetscErrorCode ExpressionCreate(Expression *f, Grid grid, const char expr[], const char variable[], PetscReal t)
{
  static const char *const axes[] = {"", "x, ", "x, y, ", "x, y, z, "};

  PetscFunctionBegin;
  PetscCall(GridGetDimension(grid, &f->dim));
  f->parser = mupCreate(muBASETYPE_FLOAT);
  f->x[0] = f->x[1] = f->x[2] = f->r = 0;
  f->timed                           = (PetscBool)(t != FIELD_TIMELESS);
  f->t                               = f->timed ? (double)t : 0;
  f->variable                        = 1;
  (void)snprintf(f->names, sizeof f->names, "%s%s%sr%s and pi", variable ? variable : "", variable ? ", " : "", axes[f->dim],
                 f->timed ? ", t" : "");
  mupDefineVar(f->parser, "x", &f->x[0]);
  mupDefineVar(f->parser, "y", &f->x[1]);
  mupDefineVar(f->parser, "z", &f->x[2]);
  mupDefineVar(f->parser, "r", &f->r);
  mupDefineVar(f->parser, "t", &f->t);
  if (variable) mupDefineVar(f->parser, variable, &f->variable);
  mupDefineConst(f->parser, "pi", (double)PETSC_PI);
  mupSetExpr(f->parser, expr);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double ExpressionValue(Expression *f, PetscReal x, PetscReal y, PetscReal z)
{
  f->x[0] = (double)x;
  f->x[1] = (double)y;
  f->x[2] = (double)z;
  f->r    = (double)PetscSqrtReal(x * x + y * y + z * z);
  return mupEval(f->parser);
}

/* The place of an assignment, or -1: a '=' that belongs to none of == != <= >=. */
static int FindAssignment(const char expr[])
{
  for (int i = 0; expr[i]; i++) {
    if (expr[i] != '=') continue;
    if (expr[i + 1] == '=')
      i++;
    else if (i == 0 || !strchr("<>!", expr[i - 1]))
      return i;
  }
  return -1;
}

/* The place of the first word that is too long, or -1: muParser copies it into a message of fixed length, unseen. */
static int FindLongWord(const char expr[])
{
  for (size_t i = 0; expr[i];) {
    const size_t length = strcspn(expr + i, EXPRESSION_BETWEEN);

    if (length > EXPRESSION_WORD) return (int)i;
    i += length + (expr[i + length] != 0);
  }
  return -1;
}

/* What muParser would not survive or pass over, or "". */
static PetscErrorCode ExpressionScan(const char expr[], char text[], size_t length)
{
  const int   assignment = FindAssignment(expr), word = FindLongWord(expr);
  const char *quote = strchr(expr, '"');

  PetscFunctionBegin;
  text[0] = 0;
  if (word >= 0)
    PetscCall(PetscSNPrintf(text, length, "the word at character %d, '%.20s...', is longer than %d characters", word + 1, expr + word,
                            EXPRESSION_WORD));
  else if (quote)
    PetscCall(
        PetscSNPrintf(text, length, "the quotation mark at character %d: texts have no place in an expression", (int)(quote - expr) + 1));
  else if (assignment >= 0)
    PetscCall(PetscSNPrintf(text, length, "'=' at character %d of '%s' assigns; to compare write '=='", assignment + 1, expr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* muParser's message without its own way to tell the place: ours counts characters from 1. (What mupGet... returns lives until the
   next call only.) */
static PetscErrorCode DescribeError(const Expression *f, const char expr[], char text[], size_t length)
{
  const muParserHandle_t parser   = f->parser;
  const int              position = mupGetErrorPos(parser);
  char                   what[FIELD_MESSAGE], token[FIELD_MESSAGE], near[FIELD_MESSAGE] = "";
  char                  *tail;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(what, mupGetErrorMsg(parser), sizeof what));
  PetscCall(PetscStrncpy(token, mupGetErrorToken(parser), sizeof token));
  if ((tail = strstr(what, " found at position")) || (tail = strstr(what, " at position"))) *tail = 0;
  for (tail = what + strlen(what); tail > what && tail[-1] == '.'; tail--) tail[-1] = 0;
  what[0] = (char)tolower((unsigned char)what[0]);
  if (token[0] && !strstr(what, token)) PetscCall(PetscSNPrintf(near, sizeof near, " near \"%s\"", token));
  if (position < 0)
    PetscCall(PetscSNPrintf(text, length, "%s", what));
  else
    PetscCall(PetscSNPrintf(text, length, "%s%s at character %d of '%s'; known names are %s", what, near, position + 1, expr, f->names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The variables that the expression uses: their number, and the place of the value of each. */
static int ExpressionVariables(const Expression *f, const char *name[], double *value[])
{
  const int count = mupGetExprVarNum(f->parser);

  for (int i = 0; i < count; i++) mupGetExprVar(f->parser, (unsigned)i, &name[i], &value[i]);
  return count;
}

/* What is wrong with a name that means nothing here, or "". */
static PetscErrorCode DescribeStranger(const Expression *f, const char expr[], char text[], size_t length)
{
  const char *name[EXPRESSION_NAMES];
  double     *value[EXPRESSION_NAMES];
  const int   count = ExpressionVariables(f, name, value);

  PetscFunctionBegin;
  for (int i = 0; i < count && !text[0]; i++) {
    const PetscBool beyond = (PetscBool)((value[i] == &f->x[1] && f->dim < 2) || (value[i] == &f->x[2] && f->dim < 3));

    if (beyond)
      PetscCall(PetscSNPrintf(text, length, "'%s' in '%s' means nothing on a grid of %" PetscInt_FMT " %s (-grid_n); known names are %s",
                              name[i], expr, f->dim, f->dim == 1 ? "axis" : "axes", f->names));
    else if (value[i] == &f->t && !f->timed)
      PetscCall(PetscSNPrintf(text, length, "'t' in '%s' means nothing: this does not depend on time; known names are %s", expr, f->names));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Why the expression is none, or "". */
static PetscErrorCode ExpressionCheck(Expression *f, const char expr[], char text[], size_t length)
{
  int results = 0;

  PetscFunctionBegin;
  PetscCall(ExpressionScan(expr, text, length));
  if (text[0]) PetscFunctionReturn(PETSC_SUCCESS);
  (void)mupEvalMulti(f->parser, &results);
  if (mupError(f->parser))
    PetscCall(DescribeError(f, expr, text, length));
  else
    PetscCall(DescribeStranger(f, expr, text, length));
  if (!text[0] && results != 1) {
    const char *comma = strchr(expr, ',');

    PetscCall(PetscSNPrintf(text, length, "'%s' has %d values where one is needed (a decimal point is '.', the first ',' is character %d)",
                            expr, results, comma ? (int)(comma - expr) + 1 : 0));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ExpressionFill(Expression *f, Grid grid, Vec v)
{
  PetscInt     start[3], width[3];
  PetscReal    x, y, z;
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(GridGetCorners(grid, start, width));
  PetscCall(VecGetArrayWrite(v, &a));
  for (PetscInt k = 0; k < width[2]; k++) {
    PetscCall(GridGetCentre(grid, 2, start[2] + k, &z));
    for (PetscInt j = 0; j < width[1]; j++) {
      PetscCall(GridGetCentre(grid, 1, start[1] + j, &y));
      for (PetscInt i = 0; i < width[0]; i++) {
        PetscCall(GridGetCentre(grid, 0, start[0] + i, &x));
        a[i + width[0] * (j + width[1] * k)] = ExpressionValue(f, x, y, z);
      }
    }
  }
  PetscCall(VecRestoreArrayWrite(v, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  FieldFromExpression - the values of an expression at the cell centres.

  Input Parameters:
+ grid - set up
. option - the option the expression came from, for messages
. expr - in the axes of the grid x, y, z (lengths), r = |(x,y,z)|, t and pi, in muParser's language
. t - time, or FIELD_TIMELESS: the field does not depend on it
- v - receives the values, from GridCreateVector()

  Collective. Errors (JKO_ERR_INPUT, one line): what is not an expression, by option, character and token; names that mean
  nothing there; a value that is not finite, by the coordinates of the first such cell.
@*/
PetscErrorCode FieldFromExpression(Grid grid, const char option[], const char expr[], PetscReal t, Vec v)
{
  Expression f;
  char       text[2 * FIELD_MESSAGE];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(v, VEC_CLASSID, 5);
  PetscCall(ExpressionCreate(&f, grid, expr, NULL, t));
  PetscCall(ExpressionCheck(&f, expr, text, sizeof text));
  if (!text[0]) PetscCall(ExpressionFill(&f, grid, v));
  mupRelease(f.parser);
  PetscCheck(!text[0], PetscObjectComm((PetscObject)v), JKO_ERR_INPUT, "%s: %s", option, text);
  PetscCall(FieldCheck(grid, JKO_ERR_INPUT, option, -PETSC_MAX_REAL, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFunctionCreate - a function of place, and of one variable more where that has a name, from an expression in the axes of the grid, r,
   pi and it. Not collective, but the same on all ranks. Errors (JKO_ERR_INPUT): what is not an expression, named after the option. */
PetscErrorCode FieldFunctionCreate(Grid grid, const char option[], const char expr[], const char variable[], FieldFunction *function)
{
  char text[2 * FIELD_MESSAGE];

  PetscFunctionBegin;
  PetscCall(PetscNew(function));
  PetscCall(ExpressionCreate(*function, grid, expr, variable, FIELD_TIMELESS));
  PetscCall(ExpressionCheck(*function, expr, text, sizeof text));
  if (text[0]) PetscCall(FieldFunctionDestroy(function));
  PetscCheck(!text[0], PetscObjectComm((PetscObject)grid), JKO_ERR_INPUT, "%s: %s", option, text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFunctionFill - its values at the centres of the cells. Not collective. */
PetscErrorCode FieldFunctionFill(FieldFunction function, Grid grid, PetscReal variable, Vec v)
{
  PetscFunctionBegin;
  function->variable = (double)variable;
  PetscCall(ExpressionFill(function, grid, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscReal FieldFunctionValue(FieldFunction function, const PetscReal x[3], PetscReal variable)
{
  function->variable = (double)variable;
  return ExpressionValue(function, x[0], x[1], x[2]);
}

/* Whether it depends on place. */
PetscBool FieldFunctionVaries(FieldFunction function)
{
  const char *name[EXPRESSION_NAMES];
  double     *value[EXPRESSION_NAMES];
  const int   count = ExpressionVariables(function, name, value);

  for (int i = 0; i < count; i++)
    if (value[i] != &function->variable) return PETSC_TRUE;
  return PETSC_FALSE;
}

PetscErrorCode FieldFunctionDestroy(FieldFunction *function)
{
  PetscFunctionBegin;
  if (*function) mupRelease((*function)->parser);
  PetscCall(PetscFree(*function));
  PetscFunctionReturn(PETSC_SUCCESS);
}
