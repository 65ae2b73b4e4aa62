/* Interaction kernels W by name, in terms of r = |x|:

     quadratic  r^2/2
     power      r^a/a - r^b/b,  a > b > -d,  r^0/0 meaning log r     (Carrillo, Craig, Yao, Active Particles 2, 2019)
     gaussian   -exp(-r^2/(2 s^2))
     morse      C exp(-r/(l s)) - exp(-r/s)                          (D'Orsogna et al., Phys. Rev. Lett. 96, 2006)
     newtonian  r/2, log(r)/(2 pi), -1/(4 pi r) in 1, 2, 3 dimensions: Laplace W = delta
     log        log r

   attractive with a positive coefficient, those with a minus sign inside attract at large distances. A power of r below 2 is averaged over
   the cell where a midpoint will not do: f homogeneous of degree b > -d has, by the divergence theorem for x f,

     int_box f dx = (int_boundary f x.n ds - c vol)/(d + b),   c = 0, but 1 and b = 0 for log r,

   in any box; over the cell at the origin that is an integral of a smooth function over faces that do not meet the singularity. */
#include <math.h>
#include "interaction.h"

#define KERNEL_NEAR  3 /* cells around the singularity that are averaged */
#define KERNEL_GAUSS 8 /* points of the Gauss-Legendre rule on a face of the cell */

const char *const InteractionKernels[INTERACTION_KERNELS] = {"quadratic", "power", "gaussian", "morse", "newtonian", "log"};

static const PetscReal GaussPoint[KERNEL_GAUSS / 2]  = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363};
static const PetscReal GaussWeight[KERNEL_GAUSS / 2] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763};

/* r^b, or log r for b = 0. */
static inline PetscReal RadialPower(PetscReal b, PetscReal r2)
{
  return b == 0 ? PetscLogReal(r2) / 2 : PetscPowReal(r2, b / 2);
}

static inline PetscReal GaussAt(PetscInt i, PetscReal *weight)
{
  const PetscInt  j    = i < KERNEL_GAUSS / 2 ? i : KERNEL_GAUSS - 1 - i;
  const PetscReal sign = i < KERNEL_GAUSS / 2 ? -1 : 1;

  *weight = GaussWeight[j] / 2;
  return sign * GaussPoint[j] / 2;
}

/* The mean of a radial power over the face of the cell around x whose coordinate along `axis` is x + side h/2. */
static PetscReal FaceMean(const InteractionFunction *f, PetscReal b, const PetscReal x[3], PetscInt axis, PetscReal side)
{
  PetscInt  other[2] = {0}, others = 0, points[2] = {1, 1};
  PetscReal mean = 0;

  for (PetscInt a = 0; a < f->dim; a++)
    if (a != axis) other[others++] = a;
  for (PetscInt o = 0; o < others; o++) points[o] = KERNEL_GAUSS;
  for (PetscInt i = 0; i < points[0]; i++)
    for (PetscInt j = 0; j < points[1]; j++) {
      PetscReal weight = 1, r2 = PetscSqr(x[axis] + side * f->h[axis] / 2);

      for (PetscInt o = 0; o < others; o++) {
        PetscReal part;

        r2 += PetscSqr(x[other[o]] + f->h[other[o]] * GaussAt(o ? j : i, &part));
        weight *= part;
      }
      mean += weight * RadialPower(b, r2);
    }
  return mean;
}

/* The mean of a radial power over the cell around x. */
static PetscReal CellMean(const InteractionFunction *f, PetscReal b, const PetscReal x[3])
{
  PetscReal sum = b == 0 ? -1 : 0;

  for (PetscInt a = 0; a < f->dim; a++)
    for (int side = -1; side <= 1; side += 2) sum += (side * x[a] / f->h[a] + 0.5) * FaceMean(f, b, x, a, side);
  return sum / ((PetscReal)f->dim + b);
}

/* r^b, averaged near the origin where it is singular there. */
static PetscReal AveragedPower(const InteractionFunction *f, PetscReal b, const PetscReal x[3])
{
  PetscReal r2   = 0;
  PetscBool near = (PetscBool)(b < 2);

  for (PetscInt a = 0; a < f->dim; a++) {
    r2 += PetscSqr(x[a]);
    if (PetscAbsReal(x[a]) > (KERNEL_NEAR + 0.5) * f->h[a]) near = PETSC_FALSE;
  }
  return near ? CellMean(f, b, x) : RadialPower(b, r2);
}

static PetscReal PowerTerm(const InteractionFunction *f, PetscReal b, const PetscReal x[3])
{
  return AveragedPower(f, b, x) / (b == 0 ? 1 : b);
}

static PetscReal NewtonianValue(const InteractionFunction *f, const PetscReal x[3])
{
  const PetscReal sphere[] = {2, 2 * PETSC_PI, 4 * PETSC_PI}; /* its area */

  return PowerTerm(f, (PetscReal)(2 - f->dim), x) / sphere[f->dim - 1];
}

/* W at a displacement; the context is an InteractionFunction, which remembers where W is not finite. */
PetscErrorCode InteractionValue(void *context, const PetscReal x[3], PetscReal *w)
{
  InteractionFunction *f  = (InteractionFunction *)context;
  const PetscReal      r2 = PetscSqr(x[0]) + PetscSqr(x[1]) + PetscSqr(x[2]), r = PetscSqrtReal(r2);

  PetscFunctionBegin;
  if (f->function)
    *w = FieldFunctionValue(f->function, x, 0);
  else if (f->kernel == INTERACTION_QUADRATIC)
    *w = r2 / 2;
  else if (f->kernel == INTERACTION_POWER)
    *w = PowerTerm(f, f->exponent[0], x) - PowerTerm(f, f->exponent[1], x);
  else if (f->kernel == INTERACTION_GAUSSIAN)
    *w = -PetscExpReal(-r2 / (2 * PetscSqr(f->length)));
  else if (f->kernel == INTERACTION_MORSE)
    *w = f->repulsion * PetscExpReal(-r / (f->range * f->length)) - PetscExpReal(-r / f->length);
  else if (f->kernel == INTERACTION_NEWTONIAN)
    *w = NewtonianValue(f, x);
  else
    *w = AveragedPower(f, 0, x);
  if (PetscIsInfOrNanReal(*w)) f->pole = PetscMin(f->pole, r);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* W in plain text, up to the coefficient. */
PetscErrorCode InteractionFormula(const InteractionFunction *f, char text[], size_t length)
{
  const char *newtonian[] = {"r/2", "log(r)/(2 pi)", "-1/(4 pi r)"};

  PetscFunctionBegin;
  if (f->kernel == INTERACTION_QUADRATIC)
    PetscCall(PetscStrncpy(text, "r^2/2", length));
  else if (f->kernel == INTERACTION_POWER)
    PetscCall(PetscSNPrintf(text, length, "r^%.6g/%.6g - r^%.6g/%.6g%s", (double)f->exponent[0], (double)f->exponent[0],
                            (double)f->exponent[1], (double)f->exponent[1],
                            f->exponent[0] == 0 || f->exponent[1] == 0 ? ", r^0/0 = log r" : ""));
  else if (f->kernel == INTERACTION_GAUSSIAN)
    PetscCall(PetscSNPrintf(text, length, "-exp(-r^2/%.6g)", (double)(2 * PetscSqr(f->length))));
  else if (f->kernel == INTERACTION_MORSE)
    PetscCall(PetscSNPrintf(text, length, "%.6g exp(-r/%.6g) - exp(-r/%.6g)", (double)f->repulsion, (double)(f->range * f->length),
                            (double)f->length));
  else
    PetscCall(PetscStrncpy(text, f->kernel == INTERACTION_LOG ? "log r" : newtonian[f->dim - 1], length));
  PetscFunctionReturn(PETSC_SUCCESS);
}
