/* Monitor: a table with a row for every state of a flow, made of items that bring some columns each. Here its life; quantities.c: what
   items share; impls/: the items. */
#include <stdarg.h>
#include <jko/private/monitorimpl.h>
#include <jko/private/optionsimpl.h>
#include <jko/private/sysimpl.h>

PetscClassId        MONITOR_CLASSID = 0;
static PetscClassId MONITORITEM_CLASSID;
PetscLogEvent       Monitor_Measure;

#define MONITOR_TYPE(name, create, help) PETSC_INTERN PetscErrorCode create(MonitorItem);
#include "monitortypes.h"
#undef MONITOR_TYPE

/* The registered types, in the order in which their columns come. */
static struct {
  PetscInt    count;
  const char *name[MONITOR_MAX_ITEMS];
  JKOOption   option[MONITOR_MAX_ITEMS][2]; /* the table of its one option */
  char        text[MONITOR_MAX_ITEMS][2][MONITOR_NAME * 3];
  PetscErrorCode (*create[MONITOR_MAX_ITEMS])(MonitorItem);
} Types;

static PetscBool MonitorPackageIsLoaded = PETSC_FALSE;

static PetscErrorCode MonitorFinalizePackage(void)
{
  PetscFunctionBegin;
  Types.count            = 0;
  MonitorPackageIsLoaded = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorInitializePackage(void)
{
  PetscFunctionBegin;
  if (MonitorPackageIsLoaded) PetscFunctionReturn(PETSC_SUCCESS);
  MonitorPackageIsLoaded = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Monitor", &MONITOR_CLASSID));
  PetscCall(PetscClassIdRegister("Monitor item", &MONITORITEM_CLASSID));
  PetscCall(PetscLogEventRegister("MonitorMeasure", MONITOR_CLASSID, &Monitor_Measure));
#define MONITOR_TYPE(name, create, help) PetscCall(MonitorRegister(name, help, create));
#include "monitortypes.h"
#undef MONITOR_TYPE
  PetscCall(PetscRegisterFinalize(MonitorFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  MonitorRegister - adds a kind of monitor: its name, which makes its option -jko_monitor_<name>, what it tells, and its constructor, which
  fills the ops. The texts are not copied.

  Not collective, but to be called on all ranks.
@*/
PetscErrorCode MonitorRegister(const char name[], const char help[], PetscErrorCode (*create)(MonitorItem))
{
  JKOOption *option;
  char(*text)[MONITOR_NAME * 3];

  PetscFunctionBegin;
  PetscCall(MonitorInitializePackage());
  PetscCheck(Types.count < MONITOR_MAX_ITEMS, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "more than %d kinds of monitor",
             MONITOR_MAX_ITEMS);
  option = Types.option[Types.count];
  text   = Types.text[Types.count];
  PetscCall(PetscSNPrintf(text[0], sizeof *text, "-jko_monitor_%s", name));
  PetscCall(PetscSNPrintf(text[1], sizeof *text, "Columns of history.csv: %s", help));
  option[0]                   = (JKOOption){text[0], JKO_OPTION_BOOL, JKO_OPTION_FREE, "false", .setter = "MonitorAdd", .help = text[1]};
  Types.name[Types.count]     = name;
  Types.create[Types.count++] = create;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  MonitorCreate - a table without columns; give it a flow.

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode MonitorCreate(MPI_Comm comm, Monitor *monitor)
{
  PetscFunctionBegin;
  PetscAssertPointer(monitor, 2);
  PetscCall(MonitorInitializePackage());
  PetscCall(PetscHeaderCreate(*monitor, MONITOR_CLASSID, "Monitor", "Scalars of a flow", "Monitor", comm, MonitorDestroy, MonitorView));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ MonitorSetJKO - the flow. Referenced. Logically collective. @*/
PetscErrorCode MonitorSetJKO(Monitor monitor, JKO jko)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  PetscCall(PetscObjectReference((PetscObject)jko));
  PetscCall(JKODestroy(&monitor->jko));
  monitor->jko   = jko;
  monitor->setup = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ MonitorSetTarget - log of the density that the flow is compared with, of its mass, -inf in empty cells. Referenced. Collective. @*/
PetscErrorCode MonitorSetTarget(Monitor monitor, Vec log_target)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  PetscCall(PetscObjectReference((PetscObject)log_target));
  PetscCall(VecDestroy(&monitor->log_target));
  monitor->log_target = log_target;
  monitor->setup      = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ MonitorSetMass - the mass of the Gibbs state, when it is not that of the state at MonitorSetUp(). Logically collective. @*/
PetscErrorCode MonitorSetMass(Monitor monitor, PetscReal mass)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  monitor->mass = mass;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  MonitorSetW2Interval - steps between measurements of W2 to the target, from step 0 on; 0 (default): none. Logically collective.

  Options:
. -monitor_w2_interval - the steps
@*/
PetscErrorCode MonitorSetW2Interval(Monitor monitor, PetscInt steps)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  PetscCheck(steps >= 0, PetscObjectComm((PetscObject)monitor), JKO_ERR_INPUT,
             "-monitor_w2_interval: %" PetscInt_FMT " given; at least 0 is needed", steps);
  monitor->w2_interval = steps;
  monitor->setup       = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorItemDestroy(MonitorItem *item)
{
  PetscFunctionBegin;
  if (!*item) PetscFunctionReturn(PETSC_SUCCESS);
  PetscTryTypeMethod(*item, destroy);
  PetscCall(PetscFree((*item)->data));
  PetscCall(PetscHeaderDestroy(item));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  MonitorAdd - adds the columns of a kind of monitor, once. Logically collective. Errors: a name that is not registered.

  Options:
. -jko_monitor_<name> - the same
@*/
PetscErrorCode MonitorAdd(Monitor monitor, MonitorType type)
{
  PetscInt    i;
  MonitorItem item;
  const char *nearest;
  PetscBool   same = PETSC_FALSE;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  for (i = 0; i < monitor->count && !same; i++) PetscCall(PetscObjectTypeCompare((PetscObject)monitor->item[i], type, &same));
  if (same) PetscFunctionReturn(PETSC_SUCCESS);
  for (i = 0; i < Types.count && strcmp(Types.name[i], type) != 0; i++) continue;
  PetscCall(JKONearestName(type, Types.count, Types.name, &nearest));
  PetscCheck(i < Types.count, PetscObjectComm((PetscObject)monitor), JKO_ERR_INPUT, "there is no monitor '%s'%s%s%s", type,
             nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
  PetscCall(PetscHeaderCreate(item, MONITORITEM_CLASSID, "MonitorItem", "Columns of a monitor", "Monitor",
                              PetscObjectComm((PetscObject)monitor), MonitorItemDestroy, NULL));
  PetscCall(PetscObjectChangeTypeName((PetscObject)item, type));
  item->monitor                   = monitor;
  monitor->item[monitor->count++] = item;
  monitor->setup                  = PETSC_FALSE;
  PetscCall((*Types.create[i])(item));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const JKOOption MonitorOptions[] = {{"-monitor_w2_interval", JKO_OPTION_INT, JKO_OPTION_FREE, "0", .unit = "steps",
                                     .setter = "MonitorSetW2Interval", .help = "Steps between measurements of W2 to the target; 0: none"},
                                    {NULL}};

/* MonitorVisitTypes - the option that adds each kind of monitor, and those that it has of its own. Collective. */
PetscErrorCode MonitorVisitTypes(JKOTypeVisitor *visit, void *context)
{
  Monitor monitor;

  PetscFunctionBegin;
  PetscCall(MonitorCreate(PETSC_COMM_WORLD, &monitor));
  for (PetscInt i = 0; i < Types.count; i++) {
    PetscCall(MonitorAdd(monitor, Types.name[i]));
    PetscCall((*visit)(Types.name[i], Types.option[i], NULL, context));
    PetscCall((*visit)(Types.name[i], monitor->item[i]->options, NULL, context));
  }
  PetscCall(MonitorDestroy(&monitor));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  MonitorSetFromOptions - adds the monitors that the options ask for. Collective.

  Options:
+ -jko_monitor_<name> - the columns of each kind: energy, moments, kl, w2, production, balance, geodesic, inequalities
. -monitor_w2_interval - steps between measurements of W2 to the target; 0 (default): none
- -monitor_lambda auto|VALUE|none - convexity of the potential, for -jko_monitor_inequalities
@*/
PetscErrorCode MonitorSetFromOptions(Monitor monitor)
{
  PetscInt  interval = monitor->w2_interval;
  PetscBool set;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  PetscObjectOptionsBegin((PetscObject)monitor);
  for (PetscInt i = 0; i < Types.count; i++) {
    PetscBool on = PETSC_FALSE;

    PetscCall(JKOOptionsBool(PetscOptionsObject, Types.option[i], Types.option[i]->name, &on, NULL));
    if (on) PetscCall(MonitorAdd(monitor, Types.name[i]));
  }
  PetscCall(JKOOptionsInt(PetscOptionsObject, MonitorOptions, "-monitor_w2_interval", &interval, &set));
  if (set) PetscCall(MonitorSetW2Interval(monitor, interval));
  if (interval > 0) PetscCall(MonitorAdd(monitor, "w2"));
  if (interval > 0 && !monitor->transport) PetscCall(TransportCreate(PetscObjectComm((PetscObject)monitor), &monitor->transport));
  for (PetscInt i = 0; i < monitor->count; i++) PetscTryTypeMethod(monitor->item[i], setfromoptions, PetscOptionsObject);
  PetscOptionsEnd();
  if (monitor->transport) PetscCall(TransportSetFromOptions(monitor->transport));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next column of an item that is being set up. */
PetscErrorCode MonitorAddColumn(MonitorItem item, const char format[], ...)
{
  Monitor monitor = item->monitor;
  va_list arguments;

  PetscFunctionBegin;
  PetscCheck(monitor->columns < MONITOR_MAX_COLUMNS, PetscObjectComm((PetscObject)monitor), JKO_ERR_INPUT,
             "-jko_monitor_%s: more than %d columns", ((PetscObject)item)->type_name, MONITOR_MAX_COLUMNS);
  va_start(arguments, format);
  PetscCall(PetscVSNPrintf(monitor->name[monitor->columns], MONITOR_NAME, format, NULL, arguments));
  va_end(arguments);
  monitor->names[monitor->columns] = monitor->name[monitor->columns];
  monitor->columns++;
  item->columns++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The Gibbs state and its D, where the energy has one. */
static PetscErrorCode MonitorSetUpGibbs(Monitor monitor)
{
  const JKOStepInfo *info;
  PetscInt           species;
  PetscBool          known;

  PetscFunctionBegin;
  PetscCall(EnergyGetSpeciesCount(monitor->energy, &species));
  if (monitor->reacts || species > 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOGetStepInfo(monitor->jko, &info));
  PetscCall(GridCreateVector(monitor->grid, &monitor->log_gibbs));
  PetscCall(EnergyGetGibbs(monitor->energy, monitor->mass > 0 ? monitor->mass : info->mass, monitor->log_gibbs, &known));
  if (known)
    PetscCall(EnergyGetDiffusivity(monitor->energy, monitor->log_gibbs, &monitor->diffusivity));
  else
    PetscCall(VecDestroy(&monitor->log_gibbs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What measures one density is refused where there are several. */
static PetscErrorCode MonitorCheckSpecies(Monitor monitor)
{
  PetscInt species;

  PetscFunctionBegin;
  PetscCall(EnergyGetSpeciesCount(monitor->energy, &species));
  for (PetscInt i = 0; i < monitor->count && species > 1; i++) {
    const char *type = ((PetscObject)monitor->item[i])->type_name;

    PetscCheck(monitor->item[i]->several, PetscObjectComm((PetscObject)monitor), JKO_ERR_INPUT,
               "-jko_monitor_%s: measures one density; with -species there is -jko_monitor_energy", type);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The solver of W2, on the grid and with the kernel of the flow. */
static PetscErrorCode MonitorSetUpTransport(Monitor monitor)
{
  Kernel     kernel;
  KernelType type;

  PetscFunctionBegin;
  if (!monitor->transport) PetscCall(TransportCreate(PetscObjectComm((PetscObject)monitor), &monitor->transport));
  PetscCall(JKOGetKernel(monitor->jko, &kernel));
  PetscCall(PetscObjectGetType((PetscObject)kernel, &type));
  PetscCall(TransportSetGrid(monitor->transport, monitor->grid));
  PetscCall(TransportSetKernelType(monitor->transport, type));
  PetscCall(TransportSetTarget(monitor->transport, monitor->log_target));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  MonitorSetUp - names the columns; refuses what cannot be measured of this flow.

  Collective; after JKOSetUp(). Errors (JKO_ERR_INPUT), one line each.
@*/
PetscErrorCode MonitorSetUp(Monitor monitor)
{
  const char *metric;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  if (monitor->setup) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(monitor->jko, PetscObjectComm((PetscObject)monitor), PETSC_ERR_ORDER, "call MonitorSetJKO() first");
  PetscCall(JKOGetGrid(monitor->jko, &monitor->grid));
  PetscCall(JKOGetEnergy(monitor->jko, &monitor->energy));
  PetscCall(JKOGetMetric(monitor->jko, &metric));
  monitor->reacts = (PetscBool)(strcmp(metric, "wasserstein") != 0);
  PetscCall(MonitorCheckSpecies(monitor));
  PetscCheck(!monitor->w2_interval || monitor->log_target, PetscObjectComm((PetscObject)monitor), JKO_ERR_INPUT,
             "-monitor_w2_interval: W2 to what? Give -monitor_target gibbs|\"expression\"|FILE");
  if (!monitor->work) PetscCall(GridCreateVector(monitor->grid, &monitor->work));
  if (!monitor->log_gibbs && monitor->count) PetscCall(MonitorSetUpGibbs(monitor));
  if (monitor->w2_interval) PetscCall(MonitorSetUpTransport(monitor));
  monitor->columns = 0;
  monitor->step    = -1;
  for (PetscInt i = 0; i < monitor->count; i++) {
    monitor->item[i]->first   = monitor->columns;
    monitor->item[i]->columns = 0;
    PetscUseTypeMethod(monitor->item[i], setup);
  }
  monitor->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ MonitorGetColumns - the names of the columns, in order. Borrowed. Not collective; after MonitorSetUp(). @*/
PetscErrorCode MonitorGetColumns(Monitor monitor, PetscInt *n, const char *const *names[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  *n     = monitor->columns;
  *names = monitor->names;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ MonitorResume - takes the first row of a history that the flow goes on with, for what is compared with the start. Collective. @*/
PetscErrorCode MonitorResume(Monitor monitor, const MonitorRow *row)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  for (PetscInt i = 0; i < monitor->count; i++) {
    const MonitorRow own = {row->time, row->w2_target, row->column + monitor->item[i]->first};

    PetscTryTypeMethod(monitor->item[i], resume, &own);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  MonitorMeasure - the row of the state at hand, one value per column, NaN where there is none. Borrowed until the next call.

  Collective; once for every state, in order.
@*/
PetscErrorCode MonitorMeasure(Monitor monitor, const JKOStepInfo *info, const PetscReal *values[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  PetscCall(MonitorSetUp(monitor));
  PetscCall(PetscLogEventBegin(Monitor_Measure, monitor, 0, 0, 0));
  monitor->step = info->step;
  PetscCall(PetscArrayzero(monitor->known, MONITOR_QUANTITIES));
  for (PetscInt i = 0; i < monitor->columns; i++) monitor->value[i] = MONITOR_NONE;
  for (PetscInt i = 0; i < monitor->count; i++)
    PetscUseTypeMethod(monitor->item[i], measure, info, monitor->value + monitor->item[i]->first);
  *values = monitor->value;
  PetscCall(PetscLogEventEnd(Monitor_Measure, monitor, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ MonitorView - the columns and what they rest on. Collective; after MonitorSetUp(). @*/
PetscErrorCode MonitorView(Monitor monitor, PetscViewer viewer)
{
  PetscBool ascii;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  if (!viewer) PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)monitor), &viewer));
  PetscCall(PetscObjectTypeCompare((PetscObject)viewer, PETSCVIEWERASCII, &ascii));
  if (!ascii || !monitor->columns) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscViewerASCIIPrintf(viewer, "monitors: columns"));
  PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_FALSE));
  for (PetscInt i = 0; i < monitor->columns; i++) PetscCall(PetscViewerASCIIPrintf(viewer, "%s %s", i ? "," : "", monitor->names[i]));
  PetscCall(PetscViewerASCIIPrintf(viewer, "\n"));
  PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_TRUE));
  for (PetscInt i = 0; i < monitor->count; i++) PetscTryTypeMethod(monitor->item[i], view, viewer);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ MonitorDestroy - drops a reference; the last one frees the table. Collective. @*/
PetscErrorCode MonitorDestroy(Monitor *monitor)
{
  Monitor m = *monitor;

  PetscFunctionBegin;
  *monitor = NULL;
  if (!m) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(m, MONITOR_CLASSID, 1);
  if (--((PetscObject)m)->refct > 0) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < m->count; i++) PetscCall(MonitorItemDestroy(&m->item[i]));
  for (Vec *v[] = {&m->log_target, &m->log_gibbs, &m->work, NULL}, **p = v; *p; p++) PetscCall(VecDestroy(*p));
  PetscCall(TransportDestroy(&m->transport));
  PetscCall(JKODestroy(&m->jko));
  PetscCall(PetscHeaderDestroy(&m));
  PetscFunctionReturn(PETSC_SUCCESS);
}
