/* The whole program with an energy of one's own, F = (1/2) int rho^2, F' = rho, for -energy_terms crowding. */
#include <jko.h>
#include <jko/private/energyimpl.h>

static void Variation(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[], PetscReal d2f[])
{
  EnergyArray e = {0};

  (void)term, (void)first;
  EnergyExp(n, 1, u, e);
  for (PetscInt i = 0; i < n; i++) {
    f[i] += e[i];
    df[i] += e[i];
    d2f[i] += e[i];
  }
}

/* offset + slope u + lambda e^u = 0 */
static void Root(EnergyTerm term, PetscInt first, PetscInt n, PetscReal lambda, const PetscReal offset[], const PetscReal slope[],
                 PetscReal u[])
{
  EnergyArray l;

  (void)term, (void)first;
  for (PetscInt i = 0; i < n; i++) l[i] = PetscLogReal(lambda / slope[i]);
  EnergyMonomialRoot(n, 1, l, offset, slope, u);
}

static void Density(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  (void)term, (void)first, (void)u;
  for (PetscInt i = 0; i < n; i++) e[i] += rho[i] * rho[i] / 2;
}

static PetscErrorCode Equation(EnergyTerm term, char text[], size_t length)
{
  PetscFunctionBegin;
  (void)term;
  PetscCall(PetscStrncpy(text, "div(rho grad rho)", length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCreate_Crowding(EnergyTerm term)
{
  PetscFunctionBegin;
  term->rate           = 1; /* |d2f| <= rate df */
  term->ops->variation = Variation;
  term->ops->root      = Root;
  term->ops->density   = Density;
  term->ops->equation  = Equation;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Add(void)
{
  PetscFunctionBegin;
  PetscCall(EnergyRegister("crowding", EnergyCreate_Crowding));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char *argv[])
{
  return RunMainWith(argc, argv, Add);
}
