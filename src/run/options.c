/* The run from the command line: its own options here, then those of grid, energy and flow. */
#include <jko/field.h>
#include <jko/private/runimpl.h>

/* A text of any length that fits: PETSc would cut a longer one without a word. */
static PetscErrorCode ReadText(JKOOptionItems PetscOptionsObject, const char option[], const char help[], char text[], size_t length)
{
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(PetscOptionsString(option, help, "RunSetFromOptions", text, text, length, &set));
  PetscCheck(!set || text[0], PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s has no value", option);
  PetscCheck(strlen(text) + 1 < length, PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s: longer than %d characters", option, (int)length - 2);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Names of species are prefixes of options: none that options begin with already. */
static PetscErrorCode ReadSpecies(Run run, JKOOptionItems PetscOptionsObject)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  char          *word[ENERGY_MAX_SPECIES + 1];
  PetscInt       n = ENERGY_MAX_SPECIES + 1;
  PetscBool      set;

  PetscFunctionBegin;
  PetscCall(PetscOptionsStringArray("-species",
                                    "Names of several densities, whose options have them as a prefix: -a_density, -a_energy_terms",
                                    "EnergySetSpecies", word, &n, &set));
  if (!set) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(n <= ENERGY_MAX_SPECIES, comm, JKO_ERR_INPUT, "-species: more than %d given", ENERGY_MAX_SPECIES);
  for (PetscInt k = 0; k < n; k++) {
    PetscCheck(strlen(word[k]) < RUN_SPECIES, comm, JKO_ERR_INPUT, "-species: '%s' is longer than %d characters", word[k], RUN_SPECIES - 1);
    PetscCheck(!RunIsOptionGroup(word[k]), comm, JKO_ERR_INPUT, "-species: '%s' is what other options begin with; take another name",
               word[k]);
    PetscCall(PetscStrncpy(run->species_name[k], word[k], RUN_SPECIES));
    PetscCall(PetscFree(word[k]));
  }
  run->species = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -density and its like, under the prefix of the options object. */
static PetscErrorCode ReadDensity(Run run, PetscInt species, JKOOptionItems PetscOptionsObject)
{
  RunInput *input = &run->input[species];
  char      option[64];

  PetscFunctionBegin;
  PetscCall(ReadText(PetscOptionsObject, "-density", "Initial density, an expression in x, y, z, r, pi", input->expression,
                     sizeof input->expression));
  PetscCall(ReadText(PetscOptionsObject, "-density_file", "Initial density, FILE[:dataset]", input->file, sizeof input->file));
  PetscCall(PetscOptionsBool("-density_interpolate", "Whether that file may have cells of its own; the mass is kept", "RunSetFromOptions",
                             input->interpolate, &input->interpolate, NULL));
  PetscCall(RunDensityOption(run, species, "", option, sizeof option));
  PetscCheck(!input->interpolate || input->file[0], PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "%s_interpolate: there is nothing to interpolate without a file; give %s_file", option, option);
  PetscCall(PetscOptionsReal("-density_mass", "Mass the initial density is scaled to; 0 keeps its own", "RunSetFromOptions", input->mass,
                             &input->mass, NULL));
  PetscCall(RunDensityOption(run, species, "_mass", option, sizeof option));
  PetscCheck(input->mass == 0 || (input->mass >= JKO_LEAST_MASS && input->mass <= JKO_MOST_MASS), PetscObjectComm((PetscObject)run),
             JKO_ERR_INPUT, "%s: %g is not between %g and %g; give a mass in another unit, or 0 to keep that of the input", option,
             (double)input->mass, JKO_LEAST_MASS, JKO_MOST_MASS);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of several species each has its own; -density itself is then not asked for. */
static PetscErrorCode ReadDensities(Run run)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  char           prefix[RUN_SPECIES + 1];

  PetscFunctionBegin;
  for (PetscInt k = 0; k < run->species && run->species > 1; k++) {
    PetscCall(PetscSNPrintf(prefix, sizeof prefix, "%s_", run->species_name[k]));
    PetscOptionsBegin(comm, prefix, "Initial density of a species", "Run");
    PetscCall(ReadDensity(run, k, PetscOptionsObject));
    PetscOptionsEnd();
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadInput(Run run, JKOOptionItems PetscOptionsObject)
{
  static const char *const single[] = {"-density", "-density_file", "-density_interpolate", "-density_mass"};
  PetscBool                given;

  PetscFunctionBegin;
  PetscCall(ReadSpecies(run, PetscOptionsObject));
  for (size_t i = 0; i < sizeof single / sizeof *single && run->species > 1; i++) {
    PetscCall(PetscOptionsHasName(NULL, NULL, single[i], &given));
    PetscCheck(!given, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT, "%s: of several species each has its own: -%s_%s", single[i],
               run->species_name[0], single[i] + 1);
  }
  if (run->species == 1) PetscCall(ReadDensity(run, 0, PetscOptionsObject));
  PetscCall(ReadText(PetscOptionsObject, "-restart", "Checkpoint to go on from, a file, or auto for the newest in the output folder",
                     run->restart, sizeof run->restart));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadTimes(Run run, JKOOptionItems PetscOptionsObject)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscInt       n    = RUN_MAX_TIMES;
  PetscBool      set;

  PetscFunctionBegin;
  PetscCall(PetscOptionsRealArray("-output_times", "Times of snapshots, hit exactly", "RunSetFromOptions", run->output_times, &n, &set));
  if (!set) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(n < RUN_MAX_TIMES, comm, JKO_ERR_INPUT, "-output_times: more than %d values", RUN_MAX_TIMES - 1);
  PetscCheck(n > 0, comm, JKO_ERR_INPUT, "-output_times has no value");
  for (PetscInt i = 0; i < n; i++)
    PetscCheck(run->output_times[i] > 0 && PetscIsNormalReal(run->output_times[i]), comm, JKO_ERR_INPUT,
               "-output_times: %g is not positive; the state at time 0 is always written", (double)run->output_times[i]);
  PetscCall(PetscSortReal(n, run->output_times));
  run->output_count = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadCount(JKOOptionItems PetscOptionsObject, const char option[], const char help[], PetscInt least, PetscInt *count)
{
  PetscFunctionBegin;
  PetscCall(PetscOptionsInt(option, help, "RunSetFromOptions", *count, count, NULL));
  PetscCheck(*count >= least, PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s: %" PetscInt_FMT " given; at least %" PetscInt_FMT " is needed", option,
             *count, least);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* [hh:]mm:ss */
static PetscErrorCode ReadDuration(JKOOptionItems PetscOptionsObject, const char option[], const char help[], PetscReal *seconds)
{
  char      text[64] = "";
  int       part[3] = {0}, used = 0, count;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(PetscOptionsString(option, help, "RunSetFromOptions", text, text, sizeof text, &set));
  if (!set) PetscFunctionReturn(PETSC_SUCCESS);
  count = strspn(text, "0123456789:") == strlen(text) ? sscanf(text, "%6d:%6d%n:%6d%n", &part[0], &part[1], &used, &part[2], &used) : 0;
  PetscCheck(count >= 2 && used == (int)strlen(text) && part[1] < 60 && part[2] < 60, PETSC_COMM_WORLD, JKO_ERR_INPUT,
             "%s: '%s' is no time; give [hh:]mm:ss, as in 1:30:00", option, text);
  *seconds = count == 3 ? 3600. * part[0] + 60. * part[1] + part[2] : 60. * part[0] + part[1];
  PetscCheck(*seconds > 0, PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s: '%s' is no time at all", option, text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A word, or a logical value as PETSc's own monitors take it: true is lines, false quiet. */
static PetscErrorCode ReadMonitor(Run run, JKOOptionItems PetscOptionsObject)
{
  static const char *const level[] = {"quiet", "progress", "lines", "verbose", "auto", "draw"};
  static const char *const yes[] = {"1", "true", "yes", "on"}, *const no[] = {"0", "false", "no", "off"};
  const MPI_Comm comm      = PetscObjectComm((PetscObject)run);
  char           given[32] = "auto";
  PetscInt       choice = RUN_AUTO, found = -1;
  PetscBool      set;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetString(NULL, NULL, "-jko_monitor", given, sizeof given, &set));
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
    if (!strcasecmp(given, yes[i])) found = RUN_LINES;
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    if (!strcasecmp(given, no[i])) found = RUN_QUIET;
  if (found < 0) {
    for (PetscInt i = 0; i <= RUN_DRAW; i++)
      if (!strcmp(given, level[i])) found = i;
    PetscCheck(found >= 0, comm, JKO_ERR_INPUT, "-jko_monitor: '%s' is not known; use auto, progress, lines, verbose, quiet or draw",
               given);
    PetscCall(PetscOptionsEList("-jko_monitor", "The console: a line per step, or one in place (auto: on a terminal); draw: and a window",
                                "RunSetFromOptions", level, RUN_DRAW + 1, level[RUN_AUTO], &choice, &set));
  }
  run->draws = (PetscBool)(found == RUN_DRAW);
  if (found == RUN_AUTO || found == RUN_DRAW) {
    int columns = run->rank ? 0 : (int)RunConsoleColumns();

    PetscCallMPI(MPI_Bcast(&columns, 1, MPI_INT, 0, comm));
    found = columns ? RUN_PROGRESS : RUN_LINES;
  }
  run->monitor = (RunMonitor)found;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -output_fields: the density is always among them. */
static PetscErrorCode ReadFields(Run run, JKOOptionItems PetscOptionsObject)
{
  char     *word[RUN_MAX_FIELDS + 1];
  PetscInt  n = RUN_MAX_FIELDS + 1;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(PetscOptionsStringArray("-output_fields", "What a snapshot holds: density, velocity, potential", "RunSetFromOptions", word, &n,
                                    &set));
  for (PetscInt i = 0; i < n && set; i++) {
    const PetscBool velocity = (PetscBool)!strcmp(word[i], "velocity"), potential = (PetscBool)!strcmp(word[i], "potential");

    PetscCheck(velocity || potential || !strcmp(word[i], "density"), PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
               "-output_fields: '%s' is not known; use density, velocity, potential", word[i]);
    run->output_velocity  = (PetscBool)(run->output_velocity || velocity);
    run->output_potential = (PetscBool)(run->output_potential || potential);
  }
  for (PetscInt i = 0; i < n && set; i++) PetscCall(PetscFree(word[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadOutput(Run run, JKOOptionItems PetscOptionsObject)
{
  PetscFunctionBegin;
  PetscCall(ReadText(PetscOptionsObject, "-output", "Folder to write to; without it nothing is written", run->output, sizeof run->output));
  PetscCall(PetscOptionsBool("-output_overwrite", "Replace the results of another run that the folder holds", "RunSetFromOptions",
                             run->output_overwrite, &run->output_overwrite, NULL));
  PetscCall(ReadCount(PetscOptionsObject, "-output_interval", "Steps between snapshots; 0: the first and the last only", 0,
                      &run->output_interval));
  PetscCall(ReadTimes(run, PetscOptionsObject));
  PetscCall(ReadFields(run, PetscOptionsObject));
  PetscCall(ReadCount(PetscOptionsObject, "-output_interpolate", "Densities between two snapshots, for a film; 0: no film", 0,
                      &run->film.between));
  PetscCheck(run->film.between <= RUN_MOST_BETWEEN, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "-output_interpolate: %" PetscInt_FMT " given; at most %d are possible", run->film.between, RUN_MOST_BETWEEN);
  PetscCall(ReadText(PetscOptionsObject, "-monitor_target", "Density to tell the distance to: an expression, FILE[:dataset] or gibbs",
                     run->target, sizeof run->target));
  PetscCall(PetscOptionsBool("-monitor_target_interpolate", "Whether that file may have cells of its own", "RunSetFromOptions",
                             run->target_interpolate, &run->target_interpolate, NULL));
  PetscCall(ReadCount(PetscOptionsObject, "-checkpoint_interval", "Steps between checkpoints; 0: none", 0, &run->checkpoint_interval));
  PetscCall(ReadCount(PetscOptionsObject, "-checkpoint_keep", "Checkpoints that are kept", 1, &run->checkpoint_keep));
  PetscCall(
      ReadDuration(PetscOptionsObject, "-checkpoint_walltime", "Wall clock between checkpoints, [hh:]mm:ss", &run->checkpoint_seconds));
  PetscCall(
      ReadDuration(PetscOptionsObject, "-max_walltime", "Wall clock to end within, [hh:]mm:ss, with a checkpoint", &run->max_walltime));
  PetscCall(ReadMonitor(run, PetscOptionsObject));
  PetscCall(PetscOptionsViewer("-jko_view", "The whole set-up, before the first step", "JKOView", &run->viewer, NULL, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What -reaction_terms lists, NULL when it lists nothing. */
static PetscErrorCode ReadReaction(Run run)
{
  PetscBool given;

  PetscFunctionBegin;
  PetscCall(PetscOptionsHasName(NULL, NULL, "-reaction_terms", &given));
  PetscCall(EnergyCreate(PetscObjectComm((PetscObject)run), &run->reaction));
  PetscCall(EnergySetOptionsPrefix(run->reaction, "reaction_", ""));
  PetscCall(EnergySetGrid(run->reaction, run->grid));
  PetscCall(EnergySetFromOptions(run->reaction));
  if (!given) PetscCall(EnergyDestroy(&run->reaction));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadChildren(Run run)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  const char    *name[ENERGY_MAX_SPECIES];

  PetscFunctionBegin;
  for (PetscInt k = 0; k < run->species; k++) name[k] = run->species_name[k];
  PetscCall(GridCreate(comm, &run->grid));
  PetscCall(GridSetFromOptions(run->grid));
  PetscCall(GridSetUp(run->grid));
  PetscCall(FieldReadObstacle(run->grid));
  PetscCall(EnergyCreate(comm, &run->energy));
  PetscCall(EnergySetGrid(run->energy, run->grid));
  if (run->species > 1 || run->species_name[0][0]) PetscCall(EnergySetSpecies(run->energy, run->species, name));
  PetscCall(EnergySetFromOptions(run->energy));
  PetscCall(JKOCreate(comm, &run->jko));
  PetscCall(JKOSetGrid(run->jko, run->grid));
  PetscCall(JKOSetEnergy(run->jko, run->energy));
  PetscCall(ReadReaction(run));
  PetscCall(JKOSetReaction(run->jko, run->reaction));
  PetscCall(JKOSetFromOptions(run->jko));
  PetscCall(MonitorCreate(comm, &run->table));
  PetscCall(MonitorSetJKO(run->table, run->jko));
  if (RunReacts(run)) PetscCall(MonitorAdd(run->table, "reaction"));
  if (run->species > 1) PetscCall(MonitorAdd(run->table, "species"));
  PetscCall(MonitorSetFromOptions(run->table));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  RunSetFromOptions - reads a whole run from the options database: its own options and those of its grid, energy and flow.

  Collective; once. Errors (JKO_ERR_INPUT, one line): a value that is not allowed.

  Options:
+ -density "expression", -density_file FILE[:dataset] - the initial density; one of them is needed unless restarting
. -density_interpolate - takes a file of another grid, box or resolution; the mass is kept
. -density_mass - mass it is scaled to (default 1); 0 keeps its own
. -species a,b,... - several densities, whose options have their names as a prefix: -a_density, -a_density_mass, -a_energy_terms, ...
. -output FOLDER - where to write; without it nothing is written
. -output_overwrite - replace the results of another run in that folder; without it they are refused
. -output_interval - steps between snapshots; 0 (default): the first and the last only
. -output_times t0,t1,... - times of snapshots, hit exactly
. -output_fields density,velocity,potential - what a snapshot holds
. -output_interpolate - densities between two snapshots, for a film (default 0: no film)
. -monitor_target "expression"|FILE|gibbs, -monitor_target_interpolate - the density to which the divergence is told
. -checkpoint_interval, -checkpoint_keep - steps between checkpoints (default 0: none), how many are kept (default 2)
. -checkpoint_walltime [hh:]mm:ss - wall clock between checkpoints
. -max_walltime [hh:]mm:ss - wall clock to end within, with a checkpoint
. -restart FILE|auto - go on from a checkpoint
. -jko_monitor auto|progress|lines|verbose|quiet|draw - a line per step, or one line in place (auto: that on a terminal); draw: and a window
- -jko_view - the whole set-up, before the first step
@*/
PetscErrorCode RunSetFromOptions(Run run)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(run, RUN_CLASSID, 1);
  PetscCheck(!run->jko, PetscObjectComm((PetscObject)run), PETSC_ERR_ORDER, "a run is read from the options once");
  PetscObjectOptionsBegin((PetscObject)run);
  PetscCall(ReadInput(run, PetscOptionsObject));
  PetscCall(ReadOutput(run, PetscOptionsObject));
  PetscOptionsEnd();
  PetscCall(ReadDensities(run));
  PetscCall(ReadChildren(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}
