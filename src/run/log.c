/* run.log.json: what was run: versions, ranks, the equation that is solved with its bias term, the options as used. */
#include <jko.h>
#include <hdf5.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

/* The bytes of the UTF-8 character that a text begins with, 0 where it begins with none. */
static size_t CharacterLength(const char text[])
{
  const unsigned char *c      = (const unsigned char *)text;
  const size_t         length = c[0] < 0x80 ? 1 : c[0] < 0xC2 ? 0 : c[0] < 0xE0 ? 2 : c[0] < 0xF0 ? 3 : c[0] < 0xF5 ? 4 : 0;

  for (size_t i = 1; i < length; i++)
    if ((c[i] & 0xC0) != 0x80) return 0;
  if ((c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xED && c[1] > 0x9F)) return 0; /* longer than needed; half a pair of UTF-16 */
  if ((c[0] == 0xF0 && c[1] < 0x90) || (c[0] == 0xF4 && c[1] > 0x8F)) return 0; /* likewise; beyond the last character */
  return length;
}

/* A string of JSON, which is UTF-8 without control characters: bytes that are not are written as the characters of Latin-1. */
static void PutString(FILE *file, const char text[])
{
  (void)fputc('"', file);
  for (const char *c = text; *c;) {
    const size_t length = CharacterLength(c);

    if (*c == '"' || *c == '\\')
      (void)fprintf(file, "\\%c", *c);
    else if (!length || (unsigned char)*c < ' ')
      (void)fprintf(file, "\\u%04x", (unsigned)(unsigned char)*c);
    else
      (void)fwrite(c, 1, length, file);
    c += length ? length : 1;
  }
  (void)fputc('"', file);
}

typedef struct {
  FILE     *file;
  PetscBool first;
} OptionList;

static PetscErrorCode PutOption(const char name[], const char value[], void *context)
{
  OptionList *list = context;

  PetscFunctionBegin;
  (void)fputs(list->first ? "\n    " : ",\n    ", list->file);
  PutString(list->file, name);
  (void)fputs(": ", list->file);
  PutString(list->file, value);
  list->first = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PutEquation(Run run, const char equation[], FILE *file)
{
  const JKOStepInfo *info;
  PetscReal          dt;
  PetscBool          compensate;

  PetscFunctionBegin;
  PetscCall(JKOGetStepInfo(run->jko, &info));
  PetscCall(JKOGetTimeStep(run->jko, &dt));
  PetscCall(JKOGetCompensate(run->jko, &compensate));
  (void)fprintf(file, "  \"equation\": ");
  PutString(file, equation);
  (void)fprintf(file, ",\n  \"epsilon\": %.17g,\n  \"dt\": %.17g,\n", (double)info->epsilon, (double)dt);
  (void)fprintf(file, "  \"bias\": {\"term\": \"eps/(4 tau) Laplace(rho)\", \"coefficient\": %.17g, \"compensated\": %s},\n",
                (double)(info->epsilon / (4 * dt)), compensate ? "true" : "false");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PutLog(Run run, const char equation[], FILE *file)
{
  OptionList  list = {file, PETSC_TRUE};
  PetscMPIInt ranks;
  PetscInt    n[3], dim;
  unsigned    hdf5[3];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PetscObjectComm((PetscObject)run), &ranks));
  PetscCall(GridGetSizes(run->grid, n));
  PetscCall(GridGetDimension(run->grid, &dim));
  (void)H5get_libversion(&hdf5[0], &hdf5[1], &hdf5[2]);
  (void)fprintf(file, "{\n  \"program\": \"jko\",\n  \"version\": \"%s\",\n", JKO_VERSION);
  (void)fprintf(file, "  \"petsc\": \"%d.%d.%d\",\n  \"hdf5\": \"%u.%u.%u\",\n", PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR,
                PETSC_VERSION_SUBMINOR, hdf5[0], hdf5[1], hdf5[2]);
  (void)fprintf(file, "  \"ranks\": %d,\n  \"cells\": [", ranks);
  for (PetscInt a = 0; a < dim; a++) (void)fprintf(file, "%s%" PetscInt_FMT, a ? ", " : "", n[a]);
  (void)fprintf(file, "],\n  \"first_step\": %" PetscInt_FMT ",\n", run->first);
  PetscCall(PutEquation(run, equation, file));
  (void)fprintf(file, "  \"options\": {");
  PetscCall(RunVisitOptions(PutOption, &list));
  (void)fputs("\n  },\n", file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number, or null where JSON has none. */
static void PutNumber(FILE *file, PetscReal value)
{
  if (PetscIsInfOrNanReal(value))
    (void)fputs("null", file);
  else
    (void)fprintf(file, "%.17g", (double)value);
}

static void PutVerdicts(Run run, FILE *file)
{
  PetscInt          n;
  const JKOWarning *verdict;

  RunGetVerdicts(run, &n, &verdict);
  (void)fputs("  \"verdicts\": [", file);
  for (PetscInt i = 0; i < n; i++) {
    (void)fputs(i ? ",\n    {\"name\": " : "\n    {\"name\": ", file);
    PutString(file, verdict[i].name);
    (void)fputs(", \"text\": ", file);
    PutString(file, verdict[i].text);
    (void)fputs(", \"value\": ", file);
    PutNumber(file, verdict[i].value);
    (void)fputs(", \"limit\": ", file);
    PutNumber(file, verdict[i].limit);
    (void)fputc('}', file);
  }
  (void)fputs(n ? "\n  ]\n}\n" : "]\n}\n", file);
}

/* The log of a run as it begins, up to the verdicts; on the first rank. */
static PetscErrorCode MakeLog(Run run)
{
  char   equation[1024];
  size_t size;
  FILE  *stream;

  PetscFunctionBegin;
  PetscCall(JKOGetEquation(run->jko, equation, sizeof equation));
  if (run->rank || run->log) PetscFunctionReturn(PETSC_SUCCESS);
  stream = open_memstream(&run->log, &size);
  PetscCall(PutLog(run, equation, stream));
  (void)fclose(stream);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunLogWrite - run.log.json of the run that begins, with what has been told of it so far. Collective. */
PetscErrorCode RunLogWrite(Run run)
{
  char  path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN], reason[FIELD_MESSAGE] = "";
  FILE *file;

  PetscFunctionBegin;
  PetscCall(MakeLog(run));
  PetscCall(RunPath(run, "run.log.json", -1, path));
  PetscCall(RunPath(run, "run.log.json.part", -1, temporary));
  if (!run->rank) {
    file = RunOwnCreate(temporary);
    PetscCall(PetscStrncpy(reason, "run.log.json cannot be written", sizeof reason));
    if (file) {
      (void)fputs(run->log, file);
      PutVerdicts(run, file);
      if (!fclose(file)) PetscCall(FieldFilePublish(temporary, path, PETSC_FALSE, reason));
    }
  }
  PetscCall(RunAgree(run, reason));
  PetscFunctionReturn(PETSC_SUCCESS);
}
