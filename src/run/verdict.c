/* What is measured is judged (judges.c): every state is looked at, and the last word is had when the flow ends. It is printed on standard
   error and kept in run.log.json, where "verdicts" lists it, after what objects have warned of. Rows of a history that goes on are judged
   with those of this run, as far as its columns tell. What the first rank says counts: it alone reads the history. */
#include <math.h>
#include <stddef.h>
#include <jko/private/monitorimpl.h>
#include "verdict.h"

static const Row NoRow = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

static PetscBool IsWorse(const Judge *judge, PetscReal value, PetscReal than)
{
  return (PetscBool)(judge->below ? value < than : value > than);
}

static void LookOnce(const Judge *judge, const RunTally t, const Row *row, Seen *seen)
{
  const PetscReal value = (*judge->look)(t, row);

  if (!IsWorse(judge, value, judge->bearable)) return; /* nor where there is none */
  if (!seen->count) seen->first = row->step;
  if (!seen->count || seen->last != t->before.step) seen->since = row->step;
  if (!seen->count || IsWorse(judge, value, seen->worst)) seen->worst = value;
  seen->last = row->step;
  seen->count++;
  seen->sum += value;
}

static void Look(const RunTally t, const Row *row)
{
  if (isnan(t->before.step))
    t->mass = row->mass;
  else
    t->steps++;
  if (PetscAbsReal(row->energy) < PETSC_MAX_REAL) {
    t->least = PetscMin(t->least, row->energy);
    t->most  = PetscMax(t->most, row->energy);
    t->size  = PetscMax(t->size, PetscAbsReal(row->energy));
  }
  for (int j = 0; j < JudgeCount; j++) LookOnce(&Judges[j], t, row, &t->seen[j]);
  t->before = *row;
}

/* Columns of history.csv and their places in a row. */
#define COLUMN(name)                                                                                                                       \
  {                                                                                                                                        \
    #name, offsetof(Row, name)                                                                                                             \
  }
static const struct {
  const char *name;
  size_t      place;
} Columns[] = {COLUMN(step), COLUMN(dt),  COLUMN(energy),  COLUMN(entropy),   COLUMN(mass),
               COLUMN(gap),  COLUMN(max), COLUMN(w2_step), COLUMN(w2_target), COLUMN(w2_target_error)};

/* A row from a line of the history; `header` is its first line. */
static Row ReadRow(const char header[], const char line[])
{
  Row row = NoRow;

  while (*header && *line) {
    const size_t name = strcspn(header, ",\n"), field = strcspn(line, ",\n");
    char        *end;
    const double value = strtod(line, &end);

    for (size_t i = 0; i < sizeof Columns / sizeof *Columns && end > line; i++)
      if (strlen(Columns[i].name) == name && !strncmp(header, Columns[i].name, name))
        *(PetscReal *)((char *)&row + Columns[i].place) = (PetscReal)value;
    header += name + (header[name] != 0);
    line += field + (line[field] != 0);
  }
  return row;
}

/* RunJudgeHistory - takes the rows that are in the folder's history already. */
PetscErrorCode RunJudgeHistory(Run run)
{
  char   path[PETSC_MAX_PATH_LEN], *header = NULL, *line = NULL;
  size_t header_space = 0, space = 0;
  FILE  *file;

  PetscFunctionBegin;
  PetscCall(RunPath(run, "history.csv", -1, path));
  file = run->rank ? NULL : fopen(path, "r");
  if (file && getline(&header, &header_space, file) > 0)
    while (getline(&line, &space, file) > 0) {
      const Row row = ReadRow(header, line);

      Look(run->tally, &row);
    }
  if (file) (void)fclose(file);
  free(header);
  free(line);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The diffusivity of a species by itself, and its mass. Collective. */
static PetscErrorCode GetOwnDiffusivity(Run run, PetscInt k, Vec log_rho, PetscReal *diffusivity, PetscReal *mass)
{
  Energy energy;
  Vec    part;

  PetscFunctionBegin;
  PetscCall(EnergyGetSpeciesEnergy(run->energy, k, &energy, NULL));
  PetscCall(GridGetPart(run->grid, run->rho, k, PETSC_FALSE, &part));
  PetscCall(GridIntegrate(run->grid, part, mass));
  PetscCall(GridRestorePart(run->grid, run->rho, PETSC_FALSE, &part));
  PetscCall(GridGetPart(run->grid, log_rho, k, PETSC_FALSE, &part));
  PetscCall(EnergyGetDiffusivity(energy, part, diffusivity));
  PetscCall(GridRestorePart(run->grid, log_rho, PETSC_FALSE, &part));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The least diffusivity of a density of the state at hand: of a species what it has of its own, and what all share. Collective. */
static PetscErrorCode GetDiffusivity(Run run, PetscReal *least)
{
  PetscReal own[ENERGY_MAX_SPECIES], mass[ENERGY_MAX_SPECIES], total = 0, shared;
  Vec       log_rho;

  PetscFunctionBegin;
  PetscCall(JKOGetLogDensity(run->jko, &log_rho));
  PetscCall(EnergyGetDiffusivity(run->energy, log_rho, least));
  if (run->species == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOGetDensity(run->jko, run->rho));
  for (PetscInt k = 0; k < run->species; k++) {
    PetscCall(GetOwnDiffusivity(run, k, log_rho, &own[k], &mass[k]));
    total += mass[k];
  }
  shared = *least;
  for (PetscInt k = 0; k < run->species; k++) shared -= own[k] * mass[k] / total;
  if (shared < 1e-9 * *least) shared = 0; /* roundings */
  for (PetscInt k = 0; k < run->species; k++) *least = PetscMin(*least, own[k] + shared);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunJudgeState - looks at a state. Collective; after MonitorMeasure(). */
PetscErrorCode RunJudgeState(Run run, const JKOStepInfo *info)
{
  Row       row = NoRow;
  PetscReal diffusivity;
  PetscBool reversible;

  PetscFunctionBegin;
  row.step    = (PetscReal)info->step;
  row.energy  = info->energy;
  row.entropy = info->entropy;
  row.mass    = info->mass;
  row.max     = info->max;
  PetscCall(MonitorGetDistance(run->table, &row.w2_target, &row.w2_target_error));
  PetscCall(PetscObjectTypeCompare((PetscObject)run->jko, JKOREVERSIBLE, &reversible));
  if (info->dt > 0) {
    row.dt      = info->dt;
    row.w2_step = info->w2;
    row.gap     = info->gap;
    row.raised  = info->raised;
    PetscCall(GetDiffusivity(run, &diffusivity));
    if (diffusivity > 0 && !reversible) row.artificial = info->epsilon / (4 * info->dt * diffusivity);
  }
  Look(run->tally, &row);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A rest with a slope: production and the square of the speed differ, by more than the grid explains. Not in a jam, whose pressure the
   production leaves out. Collective. */
static PetscErrorCode JudgeRest(Run run)
{
  const JKOStepInfo *info;
  PetscBool          congested, bounded;
  PetscReal          production, speed;
  RunTally           t = run->tally;

  PetscFunctionBegin;
  PetscCall(JKOGetStepInfo(run->jko, &info));
  PetscCall(EnergyIsCongested(run->energy, &congested));
  PetscCall(EnergyIsBounded(run->energy, &bounded));
  if (congested || bounded || run->species > 1 || !t->conserves || !(info->dt > 0)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(MonitorGetQuantity(run->table, MONITOR_PRODUCTION, &production));
  speed          = PetscSqr(info->w2 / info->dt);
  t->before.rest = production > VERDICT_SLOPE * speed ? info->dt * (production - speed) : NAN;
  for (int j = 0; j < JudgeCount; j++)
    if (Judges[j].last) LookOnce(&Judges[j], t, &t->before, &t->seen[j]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Keep(const JKOWarning *warning, void *context)
{
  RunTally t = ((Run)context)->tally;

  PetscFunctionBegin;
  if (t->told < VERDICT_MOST) t->verdict[t->told++] = *warning;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunJudgeBegin - keeps what objects warn of from here on. Collective. */
PetscErrorCode RunJudgeBegin(Run run)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(&run->tally));
  run->tally->before = NoRow;
  run->tally->least  = PETSC_MAX_REAL;
  run->tally->most   = -PETSC_MAX_REAL;
  PetscCall(JKOSetWarningHandler(Keep, run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunJudgeSetUp - asks what flow is to be judged. Collective; before the first state. */
PetscErrorCode RunJudgeSetUp(Run run)
{
  RunTally  t = run->tally;
  PetscReal h[3];

  PetscFunctionBegin;
  PetscCall(GridGetDimension(run->grid, &t->dim));
  PetscCall(GridGetCellVolume(run->grid, &t->volume));
  PetscCall(GridGetSpacing(run->grid, h));
  t->h = h[0];
  for (PetscInt a = 1; a < t->dim; a++) t->h = PetscMin(t->h, h[a]);
  t->conserves = (PetscBool)!RunReacts(run);
  t->descends  = (PetscBool)(t->conserves || !run->reaction || run->reaction == run->energy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunJudgeEnd - the last word; printed where the flow came to its end. Collective; once. */
PetscErrorCode RunJudgeEnd(Run run, PetscBool print)
{
  RunTally t = run->tally;

  PetscFunctionBegin;
  PetscCall(JudgeRest(run));
  for (int j = 0; j < JudgeCount; j++) {
    const Judge *judge   = &Judges[j];
    JKOWarning   verdict = {.name = judge->name, .limit = judge->limit, .value = (*judge->weigh)(t, &t->seen[j])};

    if (!t->seen[j].count || !IsWorse(judge, verdict.value, judge->limit)) continue;
    (*judge->say)(t, &t->seen[j], verdict.value, verdict.text, sizeof verdict.text);
    PetscCall(Keep(&verdict, run));
    if (print) PetscCall(PetscFPrintf(PetscObjectComm((PetscObject)run), PETSC_STDERR, "jko: warning: %s\n", verdict.text));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunGetVerdicts - what has been told so far. Borrowed. Not collective. */
void RunGetVerdicts(Run run, PetscInt *n, const JKOWarning *verdicts[])
{
  *n        = run->tally->told;
  *verdicts = run->tally->verdict;
}

PetscErrorCode RunJudgeDestroy(Run run)
{
  PetscFunctionBegin;
  PetscCall(JKOSetWarningHandler(NULL, NULL));
  PetscCall(PetscFree(run->tally));
  PetscFunctionReturn(PETSC_SUCCESS);
}
