/* Functional inequalities of the flow of F = D int rho log rho + int V rho towards its Gibbs state, each as a ratio that is at most 1:

     excess       F(rho) - F(pi) = D KL(rho | pi)
     kl_decay     excess(t) / (excess(0) e^{-2 kappa t})
     w2_decay     W2(rho(t), pi) / (W2(rho(0), pi) e^{-lambda t})
     log_sobolev  2 kappa excess / I,   I = int rho |grad F'|^2                   (Bakry, Emery 1985)
     talagrand    kappa W2^2 / (2 excess)                                         (Otto, Villani, J. Funct. Anal. 173, 2000)
     hwi          excess / (W2 sqrt(I) - lambda W2^2/2)                           (the same)

   lambda is the smallest eigenvalue of the Hessian of V, of any sign; kappa a constant of the log-Sobolev inequality: lambda, or what
   the user knows (-monitor_lambda). On convex boxes without walls all of them hold for the equation. A JKO step guarantees a decay by
   (1 + kappa dt)^2, which is less than e^{2 kappa dt}: that much is granted, and a per cent for the grid. */
#include <jko/private/monitorimpl.h>
#include <jko/private/optionsimpl.h>
#include <jko/private/sysimpl.h>

#define SLACK    0.01 /* of a ratio, for the grid */
#define RESOLVED 1e-5 /* of D times the mass: a smaller excess is that of the steady state of the scheme, and is not judged */

enum { KL_DECAY, W2_DECAY, LOG_SOBOLEV, TALAGRAND, HWI, RATIOS };
static const char *const RatioName[RATIOS] = {"kl_decay", "w2_decay", "log_sobolev", "talagrand", "hwi"};

typedef struct {
  PetscBool automatic, none;   /* -monitor_lambda */
  PetscReal kappa, lambda;     /* 1 / time; NaN: not known */
  PetscBool to_gibbs;          /* the target of W2 is the Gibbs state */
  PetscReal start, excess, w2; /* of the first state: time, excess, W2; NaN before it */
  PetscBool warned[RATIOS];
} Inequalities;

static const JKOOption InequalitiesOptions[] = {
    {"-monitor_lambda", JKO_OPTION_WORD, JKO_OPTION_FREE, "auto", .unit = "1/time", .needs = "-jko_monitor_inequalities",
     .setter = "MonitorSetFromOptions",
     .help   = "Log-Sobolev constant of the potential: auto (its convexity, from differences), a value, or none"},
    {NULL}};

static PetscErrorCode MonitorSetFromOptions_Inequalities(MonitorItem item, JKOOptionItems PetscOptionsObject)
{
  Inequalities *q        = (Inequalities *)item->data;
  char          text[64] = "auto", *end;

  PetscFunctionBegin;
  PetscCall(JKOOptionsText(PetscOptionsObject, InequalitiesOptions, "-monitor_lambda", text, sizeof text, NULL));
  q->automatic = (PetscBool)!strcmp(text, "auto");
  q->none      = (PetscBool)!strcmp(text, "none");
  q->kappa     = strtod(text, &end);
  PetscCheck(q->automatic || q->none || (end != text && !*end && PetscIsNormalReal(q->kappa)), PetscObjectComm((PetscObject)item),
             JKO_ERR_INPUT, "-monitor_lambda: '%s' given; it is auto, none or a number that is not 0", text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the target is the Gibbs state, and whether that is positive everywhere: the box has no walls. */
static PetscErrorCode CompareTarget(Monitor monitor, PetscBool *to_gibbs, PetscBool *positive)
{
  PetscReal least, distance;

  PetscFunctionBegin;
  PetscCall(VecMin(monitor->log_gibbs, NULL, &least));
  *positive = (PetscBool)(least > -PETSC_MAX_REAL);
  *to_gibbs = PETSC_FALSE;
  if (!monitor->log_target || !*positive) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecWAXPY(monitor->work, -1, monitor->log_gibbs, monitor->log_target));
  PetscCall(VecNorm(monitor->work, NORM_INFINITY, &distance));
  *to_gibbs = (PetscBool)(distance <= 1e-8);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorSetUp_Inequalities(MonitorItem item)
{
  Inequalities *q        = (Inequalities *)item->data;
  PetscBool     positive = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCheck(item->monitor->log_gibbs, PetscObjectComm((PetscObject)item), JKO_ERR_INPUT,
             "-jko_monitor_inequalities: they are known for entropy, the same everywhere, and potentials; this energy has other terms");
  PetscCall(CompareTarget(item->monitor, &q->to_gibbs, &positive));
  q->lambda = MONITOR_NONE;
  if (positive && !q->none) PetscCall(MonitorGetConvexity(item->monitor, &q->lambda));
  if (q->automatic || q->none) q->kappa = q->lambda;
  q->start = q->excess = q->w2 = MONITOR_NONE;
  PetscCall(MonitorAddColumn(item, "excess"));
  for (int i = 0; i < RATIOS; i++) PetscCall(MonitorAddColumn(item, "%s", RatioName[i]));
  PetscCall(MonitorAddColumn(item, "violated"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorResume_Inequalities(MonitorItem item, const MonitorRow *row)
{
  Inequalities *q = (Inequalities *)item->data;

  PetscFunctionBegin;
  q->start  = row->time;
  q->excess = row->column[0];
  q->w2     = row->w2_target;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a JKO scheme of steps dt may decay less than e^{-rate t}: e^{rate t} / (1 + rate dt)^{t/dt}, and the error of the grid. */
static PetscReal Granted(PetscReal rate, PetscReal time, PetscReal dt)
{
  const PetscReal step = rate * dt;

  return (1 + SLACK) * (dt > 0 && step > -0.5 ? PetscExpReal(rate * time * (1 - log1p(step) / (step != 0 ? step : 1))) : 1);
}

/* Tells of a ratio above its bound, once per kind; 1 when it is. */
static PetscErrorCode Judge(MonitorItem item, const JKOStepInfo *info, int which, PetscReal ratio, PetscReal bound, PetscReal *violated)
{
  Inequalities *q = (Inequalities *)item->data;

  PetscFunctionBegin;
  if (!(ratio > bound)) PetscFunctionReturn(PETSC_SUCCESS); /* nor where there is none */
  *violated += 1;
  if (q->warned[which]) PetscFunctionReturn(PETSC_SUCCESS);
  q->warned[which] = PETSC_TRUE;
  PetscCall(JKOWarn(PetscObjectComm((PetscObject)item), RatioName[which], ratio, bound,
                    "step %" PetscInt_FMT ", time %g: %s is %.4g, its bound %.4g (docs/monitors.md): a smaller -jko_dt, a finer grid or a "
                    "tighter -sinkhorn_tol may cure it, unless -monitor_lambda is wrong",
                    info->step, (double)info->time, RatioName[which], (double)ratio, (double)bound));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_Inequalities(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  Inequalities *q       = (Inequalities *)item->data;
  Monitor       monitor = item->monitor;
  PetscReal     kl, production, w2 = MONITOR_NONE, error = 0, bound[RATIOS], *ratio = value + 1, *violated = value + 1 + RATIOS;

  PetscFunctionBegin;
  PetscCall(MonitorGetQuantity(monitor, MONITOR_KL_GIBBS, &kl));
  PetscCall(MonitorGetQuantity(monitor, MONITOR_PRODUCTION, &production));
  if (q->to_gibbs) PetscCall(MonitorGetDistance(monitor, &w2, &error));
  value[0] = monitor->diffusivity * kl;
  if (PetscIsNanReal(q->start)) {
    q->start  = info->time;
    q->excess = value[0];
    q->w2     = w2;
  }
  const PetscReal time = info->time - q->start, kappa = q->kappa, lambda = q->lambda, decay = PetscMax(kappa, 0);

  if (q->none) PetscFunctionReturn(PETSC_SUCCESS);
  if (!PetscIsNanReal(kappa)) ratio[KL_DECAY] = value[0] / (q->excess * PetscExpReal(-2 * decay * time));
  ratio[W2_DECAY] = w2 / (q->w2 * PetscExpReal(-lambda * time));
  if (kappa > 0) ratio[LOG_SOBOLEV] = 2 * kappa * value[0] / production;
  if (kappa > 0) ratio[TALAGRAND] = kappa * w2 * w2 / (2 * value[0]);
  ratio[HWI]         = value[0] / (w2 * PetscSqrtReal(production) - lambda * w2 * w2 / 2);
  bound[KL_DECAY]    = Granted(2 * decay, time, info->dt / 2);
  bound[W2_DECAY]    = Granted(lambda, time, info->dt) * (1 + 2 * error / w2);
  bound[LOG_SOBOLEV] = 1 + SLACK;
  bound[TALAGRAND]   = (1 + SLACK) * PetscSqr(1 + error / w2);
  bound[HWI]         = (1 + SLACK) * (1 + 2 * error / w2);
  *violated          = 0;
  for (int i = 0; i < RATIOS; i++)
    if (value[0] > RESOLVED * monitor->diffusivity * info->mass) PetscCall(Judge(item, info, i, ratio[i], bound[i], violated));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorView_Inequalities(MonitorItem item, PetscViewer viewer)
{
  const Inequalities *q = (const Inequalities *)item->data;

  PetscFunctionBegin;
  if (q->none)
    PetscCall(PetscViewerASCIIPrintf(viewer, "  inequalities: none judged\n"));
  else if (PetscIsNanReal(q->lambda) && PetscIsNanReal(q->kappa))
    PetscCall(PetscViewerASCIIPrintf(viewer, "  inequalities: the domain has walls, its convexity is not known; none judged\n"));
  else
    PetscCall(PetscViewerASCIIPrintf(viewer, "  inequalities: convexity of the potential %g, log-Sobolev constant %g%s\n",
                                     (double)q->lambda, (double)q->kappa, q->kappa > 0 ? "" : ": none follows"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_Inequalities(MonitorItem item)
{
  Inequalities *q;

  PetscFunctionBegin;
  PetscCall(PetscNew(&q));
  q->automatic              = PETSC_TRUE;
  item->data                = q;
  item->options             = InequalitiesOptions;
  item->ops->setfromoptions = MonitorSetFromOptions_Inequalities;
  item->ops->setup          = MonitorSetUp_Inequalities;
  item->ops->resume         = MonitorResume_Inequalities;
  item->ops->measure        = MonitorMeasure_Inequalities;
  item->ops->view           = MonitorView_Inequalities;
  PetscFunctionReturn(PETSC_SUCCESS);
}
