/* A field from an expression has the values of the expression at the cell centres; what cannot be a field is refused in one line. */
#include "../support/harness.h"

static Grid MakeGrid(PetscInt dim)
{
  Grid            grid;
  const PetscInt  n[3]     = {7, 5, 4};
  const PetscReal lower[3] = {-1, 0, 2}, upper[3] = {1, 4, 2.5};

  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
  assert_ok(GridSetSizes(grid, dim, n));
  assert_ok(GridSetBox(grid, lower, upper));
  assert_ok(GridSetUp(grid));
  return grid;
}

typedef PetscReal Formula(PetscReal x, PetscReal y, PetscReal z, PetscReal t);

/* Largest distance between the expression and the formula on grids of a dimension and more. */
static PetscReal Distance(PetscInt least, const char expr[], PetscReal t, Formula *formula)
{
  PetscReal worst = 0;

  for (PetscInt dim = least; dim <= 3; dim++) {
    Grid               grid = MakeGrid(dim);
    PetscInt           start[3], width[3], c = 0;
    const PetscScalar *a;
    Vec                v;

    assert_ok(GridGetCorners(grid, start, width));
    assert_ok(GridCreateVector(grid, &v));
    assert_ok(FieldFromExpression(grid, "-density", expr, t, v));
    assert_ok(VecGetArrayRead(v, &a));
    for (PetscInt k = 0; k < width[2]; k++)
      for (PetscInt j = 0; j < width[1]; j++)
        for (PetscInt i = 0; i < width[0]; i++, c++) {
          PetscReal x[3];

          (void)GridGetCentre(grid, 0, start[0] + i, &x[0]);
          (void)GridGetCentre(grid, 1, start[1] + j, &x[1]);
          (void)GridGetCentre(grid, 2, start[2] + k, &x[2]);
          worst = PetscMax(worst, PetscAbsReal(a[c] - formula(x[0], x[1], x[2], t)));
        }
    assert_ok(VecRestoreArrayRead(v, &a));
    assert_ok(VecDestroy(&v));
    assert_ok(GridDestroy(&grid));
  }
  return worst;
}

static PetscReal Place(PetscReal x, PetscReal y, PetscReal z, PetscReal t)
{
  return x + 10 * y + 100 * z + 1000 * t;
}

static PetscReal Radius(PetscReal x, PetscReal y, PetscReal z, PetscReal t)
{
  (void)t;
  return PetscSqrtReal(x * x + y * y + z * z) + PETSC_PI;
}

static PetscReal Choice(PetscReal x, PetscReal y, PetscReal z, PetscReal t)
{
  (void)z, (void)t;
  return x < 0 && y <= 1 ? PetscExpReal(-x) : 2;
}

static void names_are_the_coordinates_of_the_cell(void **state)
{
  (void)state;
  assert_within(Distance(3, "x + 10*y + 100*z + 1000*t", 0.25, Place), 1e-12);
}

static void r_is_the_distance_from_the_origin_and_pi_is_known(void **state)
{
  (void)state;
  assert_within(Distance(1, "r + pi", FIELD_TIMELESS, Radius), 1e-14);
}

static void comparisons_and_choices_work(void **state)
{
  (void)state;
  assert_within(Distance(2, "x < 0 && y <= 1 ? exp(-x) : 2", 0, Choice), 1e-15);
  assert_within(Distance(2, "(x >= 0 || y > 1) == 1 ? 2 : exp(-x)", 0, Choice), 1e-15);
}

static void RefuseOn(PetscInt dim, const char expr[], const char text[])
{
  Grid grid = MakeGrid(dim);
  Vec  v;

  assert_ok(GridCreateVector(grid, &v));
  assert_refused(FieldFromExpression(grid, "-density", expr, FIELD_TIMELESS, v), text);
  assert_ok(VecDestroy(&v));
  assert_ok(GridDestroy(&grid));
}

static void Refuse(const char expr[], const char text[])
{
  RefuseOn(2, expr, text);
}

static void names_that_mean_nothing_are_refused(void **state)
{
  (void)state;
  RefuseOn(1, "exp(-(y-0.5)^2)",
           "-density: 'y' in 'exp(-(y-0.5)^2)' means nothing on a grid of 1 axis (-grid_n); known names are x, r and pi");
  RefuseOn(1, "x < 0 ? 1 : z", "'z' in");
  RefuseOn(2, "x+y+z", "-density: 'z' in 'x+y+z' means nothing on a grid of 2 axes");
  RefuseOn(3, "x+t", "-density: 't' in 'x+t' means nothing: this does not depend on time; known names are x, y, z, r and pi");
}

static void errors_name_option_token_and_character(void **state)
{
  (void)state;
  Refuse("x+*y", "-density: unexpected operator \"*\" at character 3 of 'x+*y'");
  Refuse("2*foo(x)", "-density: unexpected token \"foo\" at character 3 of '2*foo(x)'");
  Refuse("x+", "-density: unexpected end of expression at character 4 of 'x+'");
  Refuse("sin(x", "-density: missing parenthesis near \")\" at character 7 of 'sin(x'");
  Refuse("x y", "-density: unexpected variable \"y\" at character 3 of 'x y'");
  Refuse("2x", "-density: unexpected variable \"x\" at character 2 of '2x'");
  Refuse("1e400", "-density: unexpected token \"1e400\" at character 1 of '1e400'");
  Refuse("", "-density: expression is empty");
}

static void assignments_are_refused(void **state)
{
  (void)state;
  Refuse("x=3", "-density: '=' at character 2 of 'x=3'");
  Refuse("1 + (y = 2)", "'=' at character 8");
}

static void several_values_are_refused(void **state)
{
  (void)state;
  Refuse("1,5", "-density: '1,5' has 2 values where one is needed");
}

static void values_that_are_not_finite_are_refused_by_place(void **state)
{
  (void)state;
  Refuse("1/0", "-density: the value at x=-0.857143 y=0.4 is inf");
  Refuse("log(-1)", "is nan; every value must be finite");
  Refuse("x > 0 && y > 1 ? -1/0 : x", "-density: the value at x=0.285714 y=1.2 is -inf");
}

JKO_TESTS(JKO_TEST(names_are_the_coordinates_of_the_cell), JKO_TEST(r_is_the_distance_from_the_origin_and_pi_is_known),
          JKO_TEST(comparisons_and_choices_work), JKO_TEST(errors_name_option_token_and_character),
          JKO_TEST(names_that_mean_nothing_are_refused), JKO_TEST(assignments_are_refused), JKO_TEST(several_values_are_refused),
          JKO_TEST(values_that_are_not_finite_are_refused_by_place))
