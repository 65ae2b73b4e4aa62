/* Displacement convexity (McCann, Adv. Math. 128, 1997): F is lambda-convex along the geodesic rho_s from the state to the target when

     F(rho_s) <= (1-s) F(rho_0) + s F(rho_1) - lambda s (1-s) W2^2 / 2

   The column geodesic_lambda is the largest lambda for which that holds at s = 1/4, 1/2 and 3/4: 0 or more where F is displacement convex
   there, no less than the convexity of V for F = D int rho log rho + int V rho on a convex box, negative where the geodesic crosses a hill
   of F.

   The geodesic is that of TransportGetGeodesic(), whose error falls like eps^2: two eps, a factor r apart, are extrapolated, down to the
   narrowest that the grid resolves or the tolerance. The column geodesic_error is what that may be off, |lambda - lambda_r|/(r - 1), with
   the error of W2 on top. */
#include <jko/private/monitorimpl.h>

#define PLACES   3
#define TOL      0.01 /* of lambda, relative */
#define RESOLVED 20   /* errors of W2: the target is too near to tell anything when it is nearer */

static const PetscReal place[PLACES] = {0.25, 0.5, 0.75};

typedef struct {
  Vec log_rho[PLACES];
} Geodesic;

static PetscErrorCode MonitorSetUp_Geodesic(MonitorItem item)
{
  Geodesic   *g = (Geodesic *)item->data;
  const char *metric;

  PetscFunctionBegin;
  PetscCheck(item->monitor->w2_interval > 0, PetscObjectComm((PetscObject)item), JKO_ERR_INPUT,
             "-jko_monitor_geodesic: it leads to the target, at the steps of -monitor_w2_interval; give that");
  PetscCall(JKOGetMetric(item->monitor->jko, &metric));
  PetscCheck(!strcmp(metric, "wasserstein"), PetscObjectComm((PetscObject)item), JKO_ERR_INPUT,
             "-jko_monitor_geodesic: it is for flows that transport only, not for -jko_metric %s", metric);
  for (int i = 0; i < PLACES; i++)
    if (!g->log_rho[i]) PetscCall(GridCreateVector(item->monitor->grid, &g->log_rho[i]));
  PetscCall(MonitorAddColumn(item, "geodesic_lambda"));
  PetscCall(MonitorAddColumn(item, "geodesic_error"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The largest lambda of the next eps, which is 0 when there is none. */
static PetscErrorCode MeasureConvexity(MonitorItem item, PetscInt narrower, const PetscReal end[2], PetscReal w2, PetscReal *lambda,
                                       PetscReal *epsilon)
{
  Geodesic *g = (Geodesic *)item->data;
  PetscReal between;

  PetscFunctionBegin;
  *lambda = PETSC_MAX_REAL;
  PetscCall(TransportGetGeodesic(item->monitor->transport, narrower, PLACES, place, g->log_rho, epsilon));
  for (int i = 0; i<PLACES && * epsilon> 0; i++) {
    const PetscReal s = place[i];

    PetscCall(EnergyGetValue(item->monitor->energy, g->log_rho[i], &between));
    *lambda = PetscMin(*lambda, 2 * ((1 - s) * end[0] + s * end[1] - between) / (s * (1 - s) * w2 * w2));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_Geodesic(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  PetscReal w2, error, end[2] = {info->energy, 0}, fine, coarse, epsilon, wider;

  PetscFunctionBegin;
  PetscCall(MonitorGetDistance(item->monitor, &w2, &error));
  if (!(w2 > RESOLVED * error)) PetscFunctionReturn(PETSC_SUCCESS); /* nor where it is not measured */
  PetscCall(EnergyGetValue(item->monitor->energy, item->monitor->log_target, &end[1]));
  PetscCall(MeasureConvexity(item, 0, end, w2, &coarse, &wider));
  for (PetscInt i = 1; wider > 0; i++) {
    PetscCall(MeasureConvexity(item, i, end, w2, &fine, &epsilon));
    if (!(epsilon > 0) || PetscIsInfOrNanReal(fine)) break;
    const PetscReal r = wider / epsilon;

    value[0] = fine + (fine - coarse) / (r * r - 1);
    value[1] = PetscAbsReal(fine - coarse) / (r - 1) + 2 * PetscAbsReal(value[0]) * error / w2;
    if (value[1] <= TOL * PetscAbsReal(value[0])) break;
    coarse = fine;
    wider  = epsilon;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorDestroy_Geodesic(MonitorItem item)
{
  PetscFunctionBegin;
  for (int i = 0; i < PLACES; i++) PetscCall(VecDestroy(&((Geodesic *)item->data)->log_rho[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_Geodesic(MonitorItem item)
{
  Geodesic *g;

  PetscFunctionBegin;
  PetscCall(PetscNew(&g));
  item->data         = g;
  item->ops->setup   = MonitorSetUp_Geodesic;
  item->ops->measure = MonitorMeasure_Geodesic;
  item->ops->destroy = MonitorDestroy_Geodesic;
  PetscFunctionReturn(PETSC_SUCCESS);
}
