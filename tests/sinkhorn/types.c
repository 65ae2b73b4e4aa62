/* The types of step solver: who chooses, and one of a user's own. */
#include "../support/flow.h"
#include <jko/private/sinkhornimpl.h>

/* A porous medium, for one step of tau with the artificial diffusivity A. */
static JKO Flow(PetscReal tau, PetscReal artificial, Sinkhorn *sinkhorn)
{
  const PetscInt       n[1] = {96};
  const FlowBarenblatt b    = {1, 2, {0.5, 0.5, 0.5}};
  Grid                 grid = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  JKO                  jko  = FlowCreate(grid, FlowPorousMedium(grid, 2), FlowBarenblattValue, 1e-3, &b);

  assert_ok(JKOSetEpsilon(jko, 4 * tau * artificial));
  assert_ok(JKOGetSinkhorn(jko, sinkhorn));
  return jko;
}

static void assert_type_after_a_step(JKO jko, Sinkhorn sinkhorn, PetscReal tau, SinkhornType expected)
{
  SinkhornType type;

  FlowRun(jko, tau, 1);
  assert_ok(PetscObjectGetType((PetscObject)sinkhorn, &type));
  assert_all(!strcmp(type, expected));
  assert_ok(JKODestroy(&jko));
}

static void a_flow_takes_the_cheaper_type(void **state)
{
  Sinkhorn sinkhorn;
  JKO      jko = Flow(1e-3, 1, &sinkhorn);

  (void)state;
  assert_type_after_a_step(jko, sinkhorn, 1e-3, SINKHORNANDERSON);
  jko = Flow(1e-3, 0.05, &sinkhorn);
  assert_type_after_a_step(jko, sinkhorn, 1e-3, SINKHORNELLIPTIC);
}

static void the_type_that_the_user_gave_stays(void **state)
{
  Sinkhorn sinkhorn;
  JKO      jko = Flow(1e-3, 1, &sinkhorn);

  (void)state;
  assert_ok(SinkhornSetType(sinkhorn, SINKHORNELLIPTIC));
  assert_type_after_a_step(jko, sinkhorn, 1e-3, SINKHORNELLIPTIC);
  jko = Flow(1e-3, 0.05, &sinkhorn);
  assert_ok(SinkhornSetType(sinkhorn, SINKHORNANDERSON)); /* the default, but given */
  assert_type_after_a_step(jko, sinkhorn, 1e-3, SINKHORNANDERSON);
}

/* Relaxed steps of the fixed point, and nothing else. */
static PetscErrorCode Relax(Sinkhorn s)
{
  PetscFunctionBegin;
  for (;;) {
    SinkhornTest(s, 0);
    if (s->reason) break;
    PetscCall(VecAXPY(s->x, -1, s->f));
    PetscCall(SinkhornEvaluateAt(s, s->x, s->f));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateRelaxed(Sinkhorn s)
{
  PetscFunctionBegin;
  s->ops->solve = Relax;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal AlwaysCheap(const SinkhornTask *task)
{
  (void)task;
  return 0;
}

static Vec Density(JKO jko)
{
  Grid grid;
  Vec  rho;

  FlowRun(jko, 1e-3, 2);
  assert_ok(JKOGetGrid(jko, &grid));
  assert_ok(GridCreateVector(grid, &rho));
  assert_ok(JKOGetDensity(jko, rho));
  assert_ok(JKODestroy(&jko));
  return rho;
}

static void a_type_that_a_program_registers_is_one_like_the_others(void **state)
{
  Sinkhorn sinkhorn;
  JKO      jko = Flow(1e-3, 1, &sinkhorn);
  Vec      own, usual;

  (void)state;
  assert_ok(SinkhornSetTolerance(sinkhorn, 1e-9));
  usual = Density(jko);
  assert_ok(SinkhornRegister("relaxed", CreateRelaxed, NULL));
  jko = Flow(1e-3, 1, &sinkhorn);
  assert_ok(SinkhornSetType(sinkhorn, "relaxed"));
  assert_ok(SinkhornSetTolerance(sinkhorn, 1e-9));
  own = Density(jko);
  assert_within(HarnessDifference(own, usual), 1e-6);
  assert_ok(VecDestroy(&own));
  assert_ok(VecDestroy(&usual));
  jko = Flow(1e-3, 1, &sinkhorn);
  assert_refused(SinkhornSetType(sinkhorn, "newton"), "relaxed");
  assert_type_after_a_step(jko, sinkhorn, 1e-3, SINKHORNANDERSON);
}

static void a_type_that_claims_to_be_cheap_is_taken(void **state)
{
  Sinkhorn sinkhorn;
  JKO      jko = Flow(1e-3, 1, &sinkhorn);

  (void)state;
  assert_ok(SinkhornRegister("free", CreateRelaxed, AlwaysCheap));
  assert_type_after_a_step(jko, sinkhorn, 1e-3, "free");
}

static void an_snes_there_is_under_its_type_only(void **state)
{
  Sinkhorn sinkhorn;
  SNES     snes;
  JKO      jko = Flow(1e-3, 1, &sinkhorn);

  (void)state;
  assert_refused(SinkhornGetSNES(sinkhorn, &snes), "has no SNES");
  assert_ok(SinkhornSetType(sinkhorn, SINKHORNSNES));
  assert_ok(SinkhornGetSNES(sinkhorn, &snes));
  assert_ok(SNESSetType(snes, SNESNGMRES));
  assert_type_after_a_step(jko, sinkhorn, 1e-3, SINKHORNSNES);
}

JKO_TESTS(JKO_TEST(a_flow_takes_the_cheaper_type), JKO_TEST(the_type_that_the_user_gave_stays),
          JKO_TEST(an_snes_there_is_under_its_type_only), JKO_TEST(a_type_that_a_program_registers_is_one_like_the_others),
          JKO_TEST(a_type_that_claims_to_be_cheap_is_taken))
