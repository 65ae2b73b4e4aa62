#ifndef JKO_PRIVATE_RUNIMPL_H
#define JKO_PRIVATE_RUNIMPL_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <jko/private/petsccompat.h>
#include <jko/monitor.h>
#include <jko/options.h>
#include <jko/private/energyimpl.h>
#include <jko/run.h>

#define RUN_TEXT         4096  /* characters of an expression */
#define RUN_MAX_TIMES    256   /* values of -output_times */
#define RUN_WALLTIME     1000  /* in place of the number of a signal */
#define RUN_MAX_FIELDS   12    /* of a snapshot */
#define RUN_SPECIES      32    /* characters of the name of a species */
#define RUN_MOST_BETWEEN 10000 /* values of -output_interpolate */
#define RUN_FORMAT       1     /* of a checkpoint: a program reads its own and the older ones */
#define RUN_LEAST_MARGIN 1     /* seconds before -max_walltime, to end in */

#define RUN_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_" /* of names of options */
#define RUN_NAME    64                                                                /* characters of the name of a term */

/* An option of the program under its whole name. */
typedef struct {
  char             name[PETSC_MAX_OPTION_NAME]; /* "-a_energy_power_exponent" */
  const JKOOption *option;
  const char *class, *title; /* the title only at the first option under it */
  PetscBool species;         /* of one of several densities */
  /* of a term of an energy */
  char      term[RUN_NAME], list[PETSC_MAX_OPTION_NAME]; /* its name; the option that lists terms */
  PetscBool unlisted;                                    /* the list does not have it */
  char      instead[PETSC_MAX_OPTION_NAME];              /* then the option of a term of the same type that it has, or "" */
} RunOption;

/* What the console is told, by -jko_monitor. */
typedef enum {
  RUN_QUIET,    /* errors only */
  RUN_PROGRESS, /* one line, in place */
  RUN_LINES,    /* a line per step */
  RUN_VERBOSE,  /* two lines per step */
  RUN_AUTO,     /* progress on a terminal, lines elsewhere */
  RUN_DRAW      /* likewise, and the density in a window */
} RunMonitor;

/* Files of a run in its folder. */
typedef enum { RUN_UNFINISHED, RUN_PICTURES, RUN_RESULTS } RunOwnKind;

/* Where a density comes from: at most one of the first two. */
typedef struct {
  char      expression[RUN_TEXT], file[PETSC_MAX_PATH_LEN];
  PetscReal mass;        /* that it is given; 0 keeps its own */
  PetscBool interpolate; /* from the cells of the file */
} RunInput;

/* A snapshot of this history that lies in the output folder. */
typedef struct {
  PetscInt  step;
  PetscReal time;
} RunSnapshot;

/* Snapshots, or frames of a film: step or number, and time. */
typedef struct {
  PetscInt     count, space;
  RunSnapshot *item;
} RunSeries;

/* Densities between two outputs. */
typedef struct {
  PetscInt  between;   /* how many; 0: no film */
  RunSeries series;    /* of the frames so far */
  Transport transport; /* NULL before it is needed */
  Vec       log_before;
  PetscReal time_before; /* of the last output, in log_before; NULL before the first */
} RunFilm;

/* The last accepted state, for a checkpoint in the middle of a step. */
typedef struct {
  JKOState    state; /* its numbers and vectors are copies */
  PetscReal   real[JKO_STATE_MOST];
  JKOStepInfo info;
} RunMemory;

typedef struct _n_RunTally *RunTally; /* what is judged */
/* The grid as three rows of three numbers: cells, lower and upper corner; and its boundaries, 0 no flux, 1 periodic. */
typedef struct {
  PetscReal n[3], lower[3], upper[3], boundary[3];
} RunBox;

struct _p_Run {
  PETSCHEADER(int);
  /* parameters; an empty text: not given */
  RunInput    input[ENERGY_MAX_SPECIES]; /* one of each species */
  PetscInt    species;                   /* densities; 1 without -species */
  char        species_name[ENERGY_MAX_SPECIES][RUN_SPECIES];
  char        target[RUN_TEXT];           /* expression, file or gibbs */
  PetscBool   target_interpolate;         /* from the cells of the file */
  char        output[PETSC_MAX_PATH_LEN]; /* the folder */
  PetscBool   output_overwrite;           /* the results of another run may be replaced */
  PetscInt    output_interval;            /* steps; 0: only the first and the last */
  PetscInt    output_count;
  PetscBool   output_velocity, output_potential; /* beside the density */
  PetscReal   output_times[RUN_MAX_TIMES];       /* ascending */
  PetscInt    checkpoint_interval;               /* steps; 0: none */
  PetscInt    checkpoint_keep;
  PetscReal   checkpoint_seconds;          /* between checkpoints; 0: none by the clock */
  PetscReal   max_walltime;                /* seconds; 0: no limit */
  char        restart[PETSC_MAX_PATH_LEN]; /* file or auto */
  RunMonitor  monitor;                     /* of the console */
  PetscBool   draws;                       /* and in a window */
  PetscViewer viewer;                      /* of -jko_view */
  /* children */
  Grid    grid;
  Energy  energy, reaction; /* the latter of -reaction_terms, NULL without */
  JKO     jko;
  Monitor table; /* what is measured of every state */
  /* work */
  Vec         rho;        /* the density, where it is needed */
  Vec         log_target; /* log of the target's density, of the mass of the flow unless that reacts; NULL without a target */
  Vec         picture;    /* what the window shows, NULL without one */
  PetscViewer window;
  /* status */
  PetscMPIInt    rank;
  PetscInt       first; /* the step this program starts from */
  PetscBool      restarted;
  PetscBool      replaces;     /* the results in the folder: they are of another run */
  PetscBool      floor_said;   /* that eps is the least that the grid resolves */
  PetscReal      initial_mass; /* of the state at step 0 */
  PetscReal      energy_then;  /* of the state that a checkpoint holds, and the size of its parts as they are now */
  PetscReal      energy_scale;
  char          *options_then;    /* of the checkpoint, a line each; NULL without one */
  char          *fields_then;     /* likewise the digests of what was read from files */
  PetscInt       last_written;    /* step of the newest snapshot, -1 without one */
  PetscInt       last_checkpoint; /* likewise */
  RunMemory      memory;
  PetscLogDouble created, started; /* seconds */
  PetscLogDouble checkpointed;     /* when the last checkpoint was on disk */
  PetscLogDouble write_time;       /* the longest that a checkpoint took */
  PetscLogDouble polled, pause;    /* the last look at the signals, the longest time between two */
  int            stopped;          /* by this signal, by RUN_WALLTIME, or 0 */
  int            lock;             /* descriptor of the folder's lock on the first rank, or -1 */
  PetscReal      started_at;       /* fraction of the whole flow that was done then */
  PetscReal      even_dt;          /* length of the last steps, */
  PetscInt       even_steps;       /* so many in a row */
  FILE          *history;          /* on the first rank, as are the next three */
  off_t          history_size;     /* bytes written */
  uint64_t       history_hash;     /* of the rows written, 0 without any */
  uint64_t       history_then;     /* likewise, of those before a checkpoint that lies in the folder; 0: not known */
  RunSeries      series;           /* of the snapshots; whole on the first rank */
  RunFilm        film;
  RunTally       tally;
  char          *log;    /* run.log.json up to its verdicts, on the first rank */
  int            status; /* for exit() */
  PetscBool      setup;
};

/* input */
PETSC_INTERN PetscErrorCode RunReadDensity(Run);
PETSC_INTERN PetscErrorCode RunReadTarget(Run);
PETSC_INTERN PetscBool      RunReacts(Run);
PETSC_INTERN PetscErrorCode RunDensityOption(Run, PetscInt species, const char suffix[], char option[], size_t length);
PETSC_INTERN PetscErrorCode RunPartName(Run, const char name[], PetscInt species, char part[], size_t length);
/* the output folder; its functions act on the first rank and agree on what went wrong */
PETSC_INTERN PetscErrorCode RunAgree(Run, const char[]);
PETSC_INTERN PetscErrorCode RunPath(Run, const char[], PetscInt, char[]);
PETSC_INTERN PetscErrorCode RunFolderLock(Run);
PETSC_INTERN PetscErrorCode RunFolderAdmit(Run);
PETSC_INTERN PetscErrorCode RunFolderOpen(Run);
PETSC_INTERN PetscErrorCode RunFolderClear(Run);
PETSC_INTERN PetscErrorCode RunFolderRelease(Run);
PETSC_INTERN PetscErrorCode RunFolderList(Run, const char[], PetscInt *, PetscInt **);
PETSC_INTERN PetscErrorCode RunFolderRemove(Run, const char[], PetscInt, PetscInt);
PETSC_INTERN PetscInt       RunOwnNumber(const char name[], const char kind[]);
PETSC_INTERN void           RunOwnFind(Run, char names[], size_t);
PETSC_INTERN PetscErrorCode RunOwnRemove(Run, RunOwnKind, PetscInt keep);
PETSC_INTERN FILE          *RunOwnCreate(const char path[]);
PETSC_INTERN FILE          *RunOwnOpen(const char path[], PetscBool *plain);
PETSC_INTERN PetscErrorCode RunHistoryOpen(Run, PetscBool *);
PETSC_INTERN void           RunHistorySync(Run);
PETSC_INTERN PetscErrorCode RunHistoryAppend(Run, const JKOStepInfo *, const PetscReal[]);
PETSC_INTERN PetscErrorCode RunHistoryCheck(Run);
PETSC_INTERN PetscErrorCode RunHistoryVerify(Run);
PETSC_INTERN PetscErrorCode RunSeriesAdd(RunSeries *, PetscInt, PetscReal);
PETSC_INTERN PetscErrorCode RunSeriesWrite(Run, const char[], const char[], PetscInt, const char *const[], const RunSeries *);
PETSC_INTERN PetscErrorCode RunSnapshotSeries(Run);
PETSC_INTERN PetscErrorCode RunFilmOpen(Run);
PETSC_INTERN PetscErrorCode RunFilmAdd(Run);
PETSC_INTERN PetscErrorCode RunFilmClose(Run);
PETSC_INTERN PetscErrorCode RunSnapshotWrite(Run);
PETSC_INTERN PetscErrorCode RunGetBox(Grid, RunBox *);
PETSC_INTERN PetscErrorCode RunCheckpointWrite(Run, const JKOState *, const JKOStepInfo *);
PETSC_INTERN PetscErrorCode RunRestart(Run, PetscBool *);
PETSC_INTERN PetscErrorCode RunRemember(Run);
PETSC_INTERN PetscErrorCode RunForget(Run);
PETSC_INTERN PetscErrorCode RunRestartVerify(Run);
PETSC_INTERN PetscErrorCode RunLogWrite(Run);
/* what is judged */
PETSC_INTERN PetscErrorCode RunJudgeBegin(Run);
PETSC_INTERN PetscErrorCode RunJudgeSetUp(Run);
PETSC_INTERN PetscErrorCode RunJudgeHistory(Run);
PETSC_INTERN PetscErrorCode RunJudgeState(Run, const JKOStepInfo *);
PETSC_INTERN PetscErrorCode RunJudgeEnd(Run, PetscBool print);
PETSC_INTERN PetscErrorCode RunJudgeDestroy(Run);
PETSC_INTERN void           RunGetVerdicts(Run, PetscInt *, const JKOWarning *[]);
PETSC_INTERN int            RunInspect(const char[]);
PETSC_INTERN int            RunLock(const char[], char[]);
/* memory */
PETSC_INTERN PetscErrorCode RunCheckMemory(Run);
PETSC_INTERN PetscErrorCode RunViewMemory(Run, PetscViewer);
/* before PETSc */
PETSC_INTERN int  RunScreen(int, char *[], char[], size_t);
PETSC_INTERN void RunHomeFile(char[]);
/* signals and time */
PETSC_INTERN void           RunSignalsExpect(void);
PETSC_INTERN void           RunSignalsCatch(void);
PETSC_INTERN void           RunSignalsRemove(int, const char[]);
PETSC_INTERN void           RunSignalsCleanUp(void);
PETSC_INTERN PetscBool      RunSignalsPending(void *);
PETSC_INTERN PetscErrorCode RunSignalsAttend(void *, PetscBool *);
PETSC_INTERN PetscErrorCode RunTellStop(Run);
/* the console */
PETSC_INTERN PetscErrorCode RunGetFraction(Run, PetscReal *);
PETSC_INTERN PetscErrorCode RunConsole(Run, const JKOStepInfo *, const PetscReal *);
PETSC_INTERN PetscInt       RunConsoleColumns(void);
PETSC_INTERN void           RunConsoleEnd(void);
PETSC_INTERN PetscErrorCode RunDrawOpen(Run);
PETSC_INTERN PetscErrorCode RunDraw(Run, const JKOStepInfo *);
PETSC_INTERN PetscErrorCode RunDrawClose(Run);
/* the options that there are */
PETSC_INTERN PetscErrorCode   RunDeclareOptions(void);
PETSC_INTERN PetscInt         RunGetOptions(const RunOption **);
PETSC_INTERN const RunOption *RunFindOption(const char name[]);
PETSC_INTERN PetscBool        RunIsOptionGroup(const char name[]);
PETSC_INTERN PetscErrorCode   RunPrintHelp(const char word[]);
PETSC_INTERN PetscErrorCode   RunRefuseUnknown(void);
PETSC_INTERN PetscBool        RunDescribeEquals(const char option[], char sentence[], size_t);
PETSC_INTERN PetscErrorCode   RunDescribeUnknown(PetscBool strict, char[], size_t);
PETSC_INTERN PetscBool        RunBelongsToPetsc(const char name[]);
PETSC_INTERN PetscBool        RunIsPetscGroup(const char name[]);
PETSC_INTERN const char      *RunPetscSolver(const char name[]);
PETSC_INTERN PetscErrorCode   RunRefusePetscValues(void);
PETSC_INTERN const char      *RunPetscSolverUse(const char name[]);
PETSC_INTERN PetscInt         RunSuggestPetsc(const char *const **names);
/* those that are given */
typedef PetscErrorCode      RunOptionVisitor(const char name[], const char value[], void *);
PETSC_INTERN PetscErrorCode RunVisitOptions(RunOptionVisitor *, void *);
PETSC_INTERN PetscErrorCode RunPreferCommandLine(int argc, char *argv[]);
PETSC_INTERN PetscErrorCode RunOptionOrigin(const char option[], char origin[], size_t);
PETSC_INTERN void           RunSearchFile(const char path[], const char option[], int depth, char origin[], size_t);
PETSC_INTERN PetscErrorCode RunListOptions(const char[], char **);
PETSC_INTERN void           RunCompareOptions(const char[], const char[], char[], size_t, char **);
/* errors as one line */
PETSC_INTERN PetscErrorCode RunErrorHandler(MPI_Comm, int, const char *, const char *, PetscErrorCode, PetscErrorType, const char *,
                                            void *);
PETSC_INTERN void           RunErrorStepping(void);
PETSC_INTERN PetscErrorCode RunErrorReport(PetscErrorCode, int *);
PETSC_INTERN int            RunErrorEnd(int);
PETSC_INTERN void           RunOneLine(char[]);

PETSC_EXTERN PetscClassId RUN_CLASSID;

#endif
