/* An energy of one's own, registered from outside the library: see docs/adding-an-energy.md, of which this is the example.

   Three-body repulsion  F = (g/2) int rho^3,  F' = (3/2) g e^{2u},  u = log rho. The library's power with exponent 3 is the same, which is
   what main() holds it against. */
#include <jko.h>
#include <jko/private/energyimpl.h>

typedef struct {
  PetscReal g;
} ThreeBody;

static void Variation(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[], PetscReal d2f[])
{
  const PetscReal g = ((const ThreeBody *)term->data)->g;
  EnergyArray     e = {0};

  (void)first;
  EnergyExp(n, 2, u, e);
  for (PetscInt i = 0; i < n; i++) {
    f[i] += 1.5 * g * e[i];
    df[i] += 3 * g * e[i];
    d2f[i] += 6 * g * e[i];
  }
}

/* offset + slope u + lambda (3/2) g e^{2u} = 0 */
static void Root(EnergyTerm term, PetscInt first, PetscInt n, PetscReal lambda, const PetscReal offset[], const PetscReal slope[],
                 PetscReal u[])
{
  EnergyArray l;

  (void)first;
  for (PetscInt i = 0; i < n; i++) l[i] = PetscLogReal(3 * lambda * ((const ThreeBody *)term->data)->g / slope[i]);
  EnergyMonomialRoot(n, 2, l, offset, slope, u);
}

static void Density(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  (void)first, (void)u;
  for (PetscInt i = 0; i < n; i++) e[i] += ((const ThreeBody *)term->data)->g / 2 * rho[i] * rho[i] * rho[i];
}

/* -energy_<name>_strength */
static const JKOOption Options[] = {{"-_strength", JKO_OPTION_REAL, JKO_OPTION_DEFINES, "1", .help = "g in F = (g/2) int rho^3"}, {NULL}};

static PetscErrorCode SetFromOptions(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  ThreeBody *data = (ThreeBody *)term->data;
  char       option[256];

  PetscFunctionBegin;
  PetscCall(JKOOptionsReal(PetscOptionsObject, Options, "-_strength", &data->g, NULL));
  PetscCall(EnergyTermOptionInFull(term, "_strength", option, sizeof option));
  PetscCheck(data->g >= 0 && !PetscIsInfOrNanReal(data->g), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: %g given; a strength is 0 or positive, and finite", option, (double)data->g);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(EnergyTerm term, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "strength %g\n", (double)((const ThreeBody *)term->data)->g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Equation(EnergyTerm term, char text[], size_t length)
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(text, length, "%g Laplace(rho^3)", (double)((const ThreeBody *)term->data)->g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Coarsen(EnergyTerm term, EnergyTerm coarse)
{
  PetscFunctionBegin;
  *(ThreeBody *)coarse->data = *(const ThreeBody *)term->data;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The constructor comes last: it fills the ops and the defaults. The energy frees the data. */
static PetscErrorCode EnergyCreate_ThreeBody(EnergyTerm term)
{
  ThreeBody *data;

  PetscFunctionBegin;
  PetscCall(PetscNew(&data));
  data->g                   = 1;
  term->data                = data;
  term->options             = Options;
  term->rate                = 2; /* |d2f| <= rate df */
  term->ops->setfromoptions = SetFromOptions;
  term->ops->view           = View;
  term->ops->variation      = Variation;
  term->ops->root           = Root;
  term->ops->density        = Density;
  term->ops->coarsen        = Coarsen;
  term->ops->equation       = Equation;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ten steps of the energy, which is given away, from the density; its last value and its log density in u. */
static PetscErrorCode Flow(Grid grid, Energy energy, Vec rho, Vec u, PetscReal *value)
{
  JKO jko;
  Vec log_rho;

  PetscFunctionBegin;
  PetscCall(JKOCreate(PETSC_COMM_WORLD, &jko));
  PetscCall(JKOSetGrid(jko, grid));
  PetscCall(JKOSetEnergy(jko, energy));
  PetscCall(JKOSetDensity(jko, rho));
  PetscCall(JKOSetTimeStep(jko, 1e-4));
  PetscCall(JKOSetMaxSteps(jko, 10));
  PetscCall(JKOSolve(jko));
  PetscCall(JKOGetLogDensity(jko, &log_rho));
  PetscCall(EnergyGetValue(energy, log_rho, value));
  PetscCall(JKOGetDensity(jko, u));
  PetscCall(JKODestroy(&jko));
  PetscCall(EnergyDestroy(&energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char *argv[])
{
  const PetscInt n[2] = {64, 64};
  Grid           grid;
  Vec            rho, end[2];
  PetscReal      value[2], distance;

  PetscFunctionBeginUser;
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(EnergyRegister("three_body", EnergyCreate_ThreeBody));
  PetscCall(GridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(GridSetSizes(grid, 2, n));
  PetscCall(GridSetUp(grid));
  PetscCall(GridCreateVector(grid, &rho));
  PetscCall(FieldFromExpression(grid, "density", "exp(-50*((x-0.4)^2+(y-0.5)^2))", FIELD_TIMELESS, rho));
  for (int k = 0; k < 2; k++) {
    Energy     energy;
    EnergyTerm term;

    PetscCall(EnergyCreate(PETSC_COMM_WORLD, &energy));
    PetscCall(EnergySetGrid(energy, grid));
    PetscCall(EnergyAddTerm(energy, k ? ENERGYPOWER : "three_body", NULL, &term));
    if (k) PetscCall(EnergyPowerSetExponent(term, 3));
    PetscCall(VecDuplicate(rho, &end[k]));
    PetscCall(Flow(grid, energy, rho, end[k], &value[k]));
  }
  PetscCall(VecAXPY(end[1], -1, end[0]));
  PetscCall(VecNorm(end[1], NORM_INFINITY, &distance));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "F = %.9f, of the library's power %.9f; densities %s\n", (double)value[0], (double)value[1],
                        distance < 1e-9 ? "agree" : "differ"));
  for (int k = 0; k < 2; k++) PetscCall(VecDestroy(&end[k]));
  PetscCall(VecDestroy(&rho));
  PetscCall(GridDestroy(&grid));
  PetscCall(PetscFinalize());
  return 0;
}
