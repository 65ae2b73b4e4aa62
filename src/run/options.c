/* The run from the command line: its own options here, then those of grid, energy and flow. */
#include <jko/field.h>
#include <jko/private/optionsimpl.h>
#include <jko/private/runimpl.h>

const JKOOption RunOptions[] = {
    {"-species", JKO_OPTION_WORDS, JKO_OPTION_DEFINES, NULL, .setter = "EnergySetSpecies",
     .help = "Names of several densities, whose options have them as a prefix: -a_density, -a_energy_terms"},
    {"-output", JKO_OPTION_FILE, JKO_OPTION_FREE, NULL, .first = PETSC_TRUE, .words = "o out outdir output_dir dir folder directory",
     .setter = "RunSetFromOptions", .help = "Folder to write to; without it nothing is written"},
    {"-output_overwrite", JKO_OPTION_BOOL, JKO_OPTION_FREE, "false", .words = "overwrite force", .setter = "RunSetFromOptions",
     .help = "Replace the results of another run that the folder holds"},
    {"-output_interval", JKO_OPTION_INT, JKO_OPTION_FREE, "0", .unit = "steps", .first = PETSC_TRUE, .words = "save snapshots",
     .setter = "RunSetFromOptions", .help = "Steps between snapshots; 0: the first and the last only"},
    {"-output_times", JKO_OPTION_REALS, JKO_OPTION_FREE, NULL, .unit = "time", .words = "save snapshots", .setter = "RunSetFromOptions",
     .help = "Times of snapshots, hit exactly"},
    {"-output_fields", JKO_OPTION_WORDS, JKO_OPTION_FREE, "density", .setter = "RunSetFromOptions",
     .help = "What a snapshot holds: density, velocity, potential"},
    {"-output_interpolate", JKO_OPTION_INT, JKO_OPTION_FREE, "0", .words = "film movie frames", .setter = "RunSetFromOptions",
     .help = "Densities between two snapshots, for a film; 0: no film"},
    {"-restart", JKO_OPTION_FILE, JKO_OPTION_FREE, NULL, .words = "resume continue", .setter = "RunSetFromOptions",
     .help = "Checkpoint to go on from, a file, or auto for the newest in the output folder"},
    {"-checkpoint_interval", JKO_OPTION_INT, JKO_OPTION_FREE, "0", .unit = "steps", .words = "checkpoint", .setter = "RunSetFromOptions",
     .help = "Steps between checkpoints; 0: none"},
    {"-checkpoint_keep", JKO_OPTION_INT, JKO_OPTION_FREE, "2", .setter = "RunSetFromOptions", .help = "Checkpoints that are kept"},
    {"-checkpoint_walltime", JKO_OPTION_DURATION, JKO_OPTION_FREE, NULL, .setter = "RunSetFromOptions",
     .help = "Wall clock between checkpoints"},
    {"-max_walltime", JKO_OPTION_DURATION, JKO_OPTION_FREE, NULL, .words = "walltime timeout", .setter = "RunSetFromOptions",
     .help = "Wall clock to end within, with a checkpoint"},
    {"-monitor_target", JKO_OPTION_FIELD, JKO_OPTION_FREE, NULL, .words = "target", .setter = "RunSetFromOptions",
     .help = "Density to tell the distance to: an expression, FILE[:dataset] or gibbs"},
    {"-monitor_target_interpolate", JKO_OPTION_BOOL, JKO_OPTION_FREE, "false", .setter = "RunSetFromOptions",
     .help = "Whether that file may have cells of its own"},
    {"-jko_monitor", JKO_OPTION_SWITCH, JKO_OPTION_FREE, "auto", .words = "quiet verbose progress", .setter = "RunSetFromOptions",
     .help = "The console: quiet, progress (one line, in place), lines (one per step), verbose, auto (progress on a terminal, else lines), "
             "draw (auto, and a window)"},
    {"-jko_view", JKO_OPTION_VIEWER, JKO_OPTION_FREE, NULL, .words = "view", .setter = "JKOView",
     .help = "The whole set-up, before the first step"},
    {NULL}};

/* Of each density; of one of several species with its name in front. */
const JKOOption RunDensityOptions[] = {{"-density", JKO_OPTION_EXPRESSION, JKO_OPTION_BEGINS, NULL, .unit = "mass/volume",
                                        .first = PETSC_TRUE, .words = "rho rho0 u0 initial ic init initial_density initial_condition",
                                        .setter = "RunSetFromOptions", .help = "Initial density, an expression in x, y, z, r, pi"},
                                       {"-density_file", JKO_OPTION_FILE, JKO_OPTION_BEGINS, NULL, .words = "initial ic init",
                                        .setter = "RunSetFromOptions", .help = "Initial density, FILE[:dataset]"},
                                       {"-density_interpolate", JKO_OPTION_BOOL, JKO_OPTION_BEGINS, "false", .setter = "RunSetFromOptions",
                                        .help = "Whether that file may have cells of its own; the mass is kept"},
                                       {"-density_mass", JKO_OPTION_REAL, JKO_OPTION_BEGINS, "1", .unit = "mass", .words = "mass",
                                        .setter = "RunSetFromOptions", .help = "Mass the initial density is scaled to; 0 keeps its own"},
                                       {NULL}};

/* Names of species are prefixes of options: none that options begin with already. */
static PetscErrorCode ReadSpecies(Run run, JKOOptionItems PetscOptionsObject)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  char          *word[ENERGY_MAX_SPECIES + 1];
  PetscInt       n = ENERGY_MAX_SPECIES + 1;
  PetscBool      set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsWords(PetscOptionsObject, RunOptions, "-species", word, &n, &set));
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
  PetscCall(JKOOptionsText(PetscOptionsObject, RunDensityOptions, "-density", input->expression, sizeof input->expression, NULL));
  PetscCall(JKOOptionsText(PetscOptionsObject, RunDensityOptions, "-density_file", input->file, sizeof input->file, NULL));
  PetscCall(JKOOptionsBool(PetscOptionsObject, RunDensityOptions, "-density_interpolate", &input->interpolate, NULL));
  PetscCall(RunDensityOption(run, species, "", option, sizeof option));
  PetscCheck(!input->interpolate || input->file[0], PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "%s_interpolate: there is nothing to interpolate without a file; give %s_file", option, option);
  PetscCall(JKOOptionsReal(PetscOptionsObject, RunDensityOptions, "-density_mass", &input->mass, NULL));
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
  PetscBool given;

  PetscFunctionBegin;
  PetscCall(ReadSpecies(run, PetscOptionsObject));
  for (const JKOOption *o = RunDensityOptions; o->name && run->species > 1; o++) {
    PetscCall(PetscOptionsHasName(NULL, NULL, o->name, &given));
    PetscCheck(!given, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT, "%s: of several species each has its own: -%s_%s", o->name,
               run->species_name[0], o->name + 1);
  }
  if (run->species == 1) PetscCall(ReadDensity(run, 0, PetscOptionsObject));
  PetscCall(JKOOptionsText(PetscOptionsObject, RunOptions, "-restart", run->restart, sizeof run->restart, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadTimes(Run run, JKOOptionItems PetscOptionsObject)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscInt       n    = RUN_MAX_TIMES;
  PetscBool      set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsReals(PetscOptionsObject, RunOptions, "-output_times", run->output_times, &n, &set));
  if (!set) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < n; i++)
    PetscCheck(run->output_times[i] > 0 && PetscIsNormalReal(run->output_times[i]), comm, JKO_ERR_INPUT,
               "-output_times: %g is not positive; the state at time 0 is always written", (double)run->output_times[i]);
  PetscCall(PetscSortReal(n, run->output_times));
  run->output_count = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadCount(JKOOptionItems PetscOptionsObject, const char option[], PetscInt least, PetscInt *count)
{
  PetscFunctionBegin;
  PetscCall(JKOOptionsInt(PetscOptionsObject, RunOptions, option, count, NULL));
  PetscCheck(*count >= least, PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s: %" PetscInt_FMT " given; at least %" PetscInt_FMT " is needed", option,
             *count, least);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A word, or a logical value as PETSc's own monitors take it: true is lines, false quiet. */
static PetscErrorCode ReadMonitor(Run run, JKOOptionItems PetscOptionsObject)
{
  static const char *const level[]   = {"quiet", "progress", "lines", "verbose", "auto", "draw"};
  const MPI_Comm           comm      = PetscObjectComm((PetscObject)run);
  char                     given[32] = "auto";
  PetscInt                 found     = -1;

  PetscFunctionBegin;
  PetscCall(JKOOptionsText(PetscOptionsObject, RunOptions, "-jko_monitor", given, sizeof given, NULL));
  if (JKOOptionTruth(given) >= 0) found = JKOOptionTruth(given) ? RUN_LINES : RUN_QUIET;
  for (PetscInt i = 0; i <= RUN_DRAW; i++)
    if (!strcmp(given, level[i])) found = i;
  PetscCheck(found >= 0, comm, JKO_ERR_INPUT, "-jko_monitor: '%s' is not known; use auto, progress, lines, verbose, quiet or draw", given);
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
  PetscCall(JKOOptionsWords(PetscOptionsObject, RunOptions, "-output_fields", word, &n, &set));
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
  PetscCall(JKOOptionsText(PetscOptionsObject, RunOptions, "-output", run->output, sizeof run->output, NULL));
  PetscCall(JKOOptionsBool(PetscOptionsObject, RunOptions, "-output_overwrite", &run->output_overwrite, NULL));
  PetscCall(ReadCount(PetscOptionsObject, "-output_interval", 0, &run->output_interval));
  PetscCall(ReadTimes(run, PetscOptionsObject));
  PetscCall(ReadFields(run, PetscOptionsObject));
  PetscCall(ReadCount(PetscOptionsObject, "-output_interpolate", 0, &run->film.between));
  PetscCheck(run->film.between <= RUN_MOST_BETWEEN, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "-output_interpolate: %" PetscInt_FMT " given; at most %d are possible", run->film.between, RUN_MOST_BETWEEN);
  PetscCall(JKOOptionsText(PetscOptionsObject, RunOptions, "-monitor_target", run->target, sizeof run->target, NULL));
  PetscCall(JKOOptionsBool(PetscOptionsObject, RunOptions, "-monitor_target_interpolate", &run->target_interpolate, NULL));
  PetscCall(ReadCount(PetscOptionsObject, "-checkpoint_interval", 0, &run->checkpoint_interval));
  PetscCall(ReadCount(PetscOptionsObject, "-checkpoint_keep", 1, &run->checkpoint_keep));
  PetscCall(JKOOptionsDuration(PetscOptionsObject, RunOptions, "-checkpoint_walltime", &run->checkpoint_seconds, NULL));
  PetscCall(JKOOptionsDuration(PetscOptionsObject, RunOptions, "-max_walltime", &run->max_walltime, NULL));
  PetscCall(ReadMonitor(run, PetscOptionsObject));
  PetscCall(JKOOptionsViewer(PetscOptionsObject, RunOptions, "-jko_view", &run->viewer));
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
  PetscCall(RunCheckMemory(run));
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
  PetscCall(RunCheckMemory(run));
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
