/* Particles in a potential, by Euler-Maruyama, as a histogram:

     X <- X - (grad V(X) + k (X - mean of all X)) dt + sqrt(2 D dt) N(0, I),     V = (x^2 - 1)^2 + y^2/2

   Their law follows d/dt rho = D Laplace(rho) + div(rho grad (V + W * rho)), W = k r^2/2, as N grows (propagation of chaos: Sznitman,
   Topics in propagation of chaos, 1991). k = 0: independent particles.

   Random numbers are a function of seed, particle and step (Philox4x32-10: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as
   1, 2, 3, SC 2011), so that the paths of independent particles do not depend on the ranks. */
#include <math.h>
#include <stdint.h>
#include <jko.h>

#define PHILOX_ROUNDS 10

typedef struct {
  PetscInt  particles, steps, bins[2], seed;
  PetscReal time, diffusivity, strength, variance; /* strength: k; variance: of the start, a Gaussian */
  PetscReal start[2], lower[2], upper[2];
} Options;

/* Four words of 32 random bits. */
static void Philox(uint32_t counter[4], uint32_t key0, uint32_t key1)
{
  for (int round = 0; round < PHILOX_ROUNDS; round++) {
    const uint64_t a = (uint64_t)0xD2511F53u * counter[0], b = (uint64_t)0xCD9E8D57u * counter[2];
    const uint32_t next[4] = {(uint32_t)(b >> 32) ^ counter[1] ^ key0, (uint32_t)b, (uint32_t)(a >> 32) ^ counter[3] ^ key1, (uint32_t)a};

    for (int i = 0; i < 4; i++) counter[i] = next[i];
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

/* Two independent standard normal numbers of a particle and a step, by Box and Muller. */
static void Normal(PetscInt seed, PetscInt particle, PetscInt step, PetscReal normal[2])
{
  uint32_t  bits[4] = {(uint32_t)particle, (uint32_t)step, 0, 0};
  PetscReal radius, angle;

  Philox(bits, (uint32_t)seed, 0);
  radius    = PetscSqrtReal(-2 * PetscLogReal((bits[0] + 0.5) / 4294967296.0));
  angle     = 2 * PETSC_PI * ((bits[1] + 0.5) / 4294967296.0);
  normal[0] = radius * PetscCosReal(angle);
  normal[1] = radius * PetscSinReal(angle);
}

/* The mean of all particles; x holds those of this rank, pairs of coordinates. */
static PetscErrorCode Mean(const Options *o, PetscInt n, const PetscReal x[], PetscReal mean[2])
{
  PetscFunctionBeginUser;
  mean[0] = mean[1] = 0;
  for (PetscInt i = 0; i < 2 * n; i++) mean[i % 2] += x[i] / (PetscReal)o->particles;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, mean, 2, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The paths of particles first to first + n, from the start to the end; step 0 draws the start. */
static PetscErrorCode Move(const Options *o, PetscInt first, PetscInt n, PetscReal x[])
{
  const PetscReal dt = o->time / (PetscReal)o->steps, noise = PetscSqrtReal(2 * o->diffusivity * dt);

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    Normal(o->seed, first + i, 0, &x[2 * i]);
    for (int a = 0; a < 2; a++) x[2 * i + a] = o->start[a] + PetscSqrtReal(o->variance) * x[2 * i + a];
  }
  for (PetscInt step = 1; step <= o->steps; step++) {
    PetscReal mean[2] = {0, 0};

    if (o->strength != 0) PetscCall(Mean(o, n, x, mean));
    for (PetscInt i = 0; i < n; i++) {
      PetscReal *p = &x[2 * i], normal[2];
      PetscReal  drift[2];

      Normal(o->seed, first + i, step, normal);
      drift[0] = 4 * p[0] * (p[0] * p[0] - 1);
      drift[1] = p[1];
      for (int a = 0; a < 2; a++) p[a] += -(drift[a] + o->strength * (p[a] - mean[a])) * dt + noise * normal[a];
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Prints the counts, row by row, x fastest; particles outside of the box count in the bins at its faces. */
static PetscErrorCode Histogram(const Options *o, PetscInt n, const PetscReal x[])
{
  PetscInt64 *count;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(o->bins[0] * o->bins[1], &count));
  for (PetscInt i = 0; i < n; i++) {
    PetscInt bin[2];

    for (int a = 0; a < 2; a++) {
      const PetscReal at = PetscFloorReal((x[2 * i + a] - o->lower[a]) / (o->upper[a] - o->lower[a]) * (PetscReal)o->bins[a]);

      bin[a] = (PetscInt)PetscClipInterval(at, 0, (PetscReal)(o->bins[a] - 1));
    }
    count[bin[0] + o->bins[0] * bin[1]]++;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, count, (PetscMPIInt)(o->bins[0] * o->bins[1]), MPIU_INT64, MPI_SUM, PETSC_COMM_WORLD));
  for (PetscInt j = 0; j < o->bins[1]; j++) {
    for (PetscInt i = 0; i < o->bins[0]; i++) PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%" PetscInt64_FMT " ", count[i + o->bins[0] * j]));
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "\n"));
  }
  PetscCall(PetscFree(count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadOptions(Options *o)
{
  PetscInt two[4] = {2, 2, 2, 2};

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-particles", &o->particles, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-steps", &o->steps, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-seed", &o->seed, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-time", &o->time, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-strength", &o->strength, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-diffusivity", &o->diffusivity, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-variance", &o->variance, NULL));
  PetscCall(PetscOptionsGetIntArray(NULL, NULL, "-bins", o->bins, &two[0], NULL));
  PetscCall(PetscOptionsGetRealArray(NULL, NULL, "-lower", o->lower, &two[1], NULL));
  PetscCall(PetscOptionsGetRealArray(NULL, NULL, "-upper", o->upper, &two[2], NULL));
  PetscCall(PetscOptionsGetRealArray(NULL, NULL, "-start", o->start, &two[3], NULL));
  PetscCheck(o->particles > 0 && o->steps > 0 && o->bins[0] > 0 && o->bins[1] > 0 && o->upper[0] > o->lower[0] && o->upper[1] > o->lower[1],
             PETSC_COMM_WORLD, PETSC_ERR_USER, "give positive -particles, -steps and -bins, and a box");
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char *argv[])
{
  Options     o = {.particles   = 1000,
                   .steps       = 100,
                   .bins        = {16, 16},
                   .seed        = 1,
                   .time        = 1,
                   .diffusivity = 0.25,
                   .variance    = 0.01,
                   .lower       = {-2, -2.5},
                   .upper       = {2, 2.5}};
  PetscMPIInt rank, ranks;
  PetscInt    first, n;
  PetscReal  *x;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(ReadOptions(&o));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  first = (PetscInt)((PetscInt64)o.particles * rank / ranks);
  n     = (PetscInt)((PetscInt64)o.particles * (rank + 1) / ranks) - first;
  PetscCall(PetscMalloc1(2 * n + 1, &x));
  PetscCall(Move(&o, first, n, x));
  PetscCall(Histogram(&o, n, x));
  PetscCall(PetscFree(x));
  PetscCall(PetscFinalize());
  return 0;
}
