/* A dataset of any size in blocks that fit: whole chunks, so that each goes through its filters once, and never more values at once than
   FIELD_BLOCK or one chunk of at most FIELD_CHUNK. What a small file claims to hold costs neither memory nor time. */
#include <jko/private/fieldimpl.h>

#define FIELD_BLOCK 65536    /* values */
#define FIELD_CHUNK 8388608  /* values */
#define FIELD_SMALL 67108864 /* bytes that are always read */

/* Whether there are more than `most`; `n` extents multiply to `product` otherwise. */
static PetscBool Exceeds(int n, const hsize_t extent[], hsize_t most, hsize_t *product)
{
  *product = 1;
  for (int i = 0; i < n; i++)
    if (__builtin_mul_overflow(*product, extent[i], product) || (*product > most && extent[i])) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* FieldBlocksBegin - before the first block of a dataset; why its values are not to be read, or "". The caller frees b->value. Not
   collective. */
const char *FieldBlocksBegin(FieldBlocks *b, hid_t dataset)
{
  const hid_t   space = H5Dget_space(dataset), plan = H5Dget_create_plist(dataset), type = H5Dget_type(dataset);
  const hsize_t stored = H5Dget_storage_size(dataset);
  hsize_t       unit[H5S_MAX_RANK], values, cells;
  PetscBool     small;

  memset(b, 0, sizeof *b);
  b->rank = H5Sget_simple_extent_ndims(space);
  for (int i = 0; i < H5S_MAX_RANK; i++) unit[i] = 1;
  if (b->rank > 0) (void)H5Sget_simple_extent_dims(space, b->size, NULL);
  if (b->rank > 0 && H5Pget_layout(plan) == H5D_CHUNKED) (void)H5Pget_chunk(plan, H5S_MAX_RANK, unit);
  small = (PetscBool)!Exceeds(
      b->rank, b->size, PetscMax(FIELD_SMALL, stored <= (hsize_t)1 << 50 ? stored * FIELD_EXPAND : stored) / H5Tget_size(type), &cells);
  (void)H5Pclose(plan);
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  if (b->rank < 1) return "a single value";
  if (!stored) return "never written";
  if (!small) return "far more values than the file has room for";
  if (Exceeds(b->rank, unit, FIELD_CHUNK, &values)) return "chunks too large to look into";
  for (int i = b->rank - 1; i >= 0; i--) {
    const hsize_t more = PetscMax(1, PetscMin((b->size[i] + unit[i] - 1) / unit[i], FIELD_BLOCK / values));

    b->block[i] = unit[i] * more;
    values *= more;
  }
  b->value = malloc((size_t)values * sizeof *b->value);
  return b->value ? "" : "no memory for them";
}

/* The place of the next block, the first axis slowest; whether there is one. */
static PetscBool Advance(FieldBlocks *b)
{
  for (int i = b->rank - 1; b->begun && i >= 0; i--) {
    b->start[i] += b->block[i];
    if (b->start[i] < b->size[i]) return PETSC_TRUE;
    b->start[i] = 0;
  }
  if (b->begun) return PETSC_FALSE;
  b->begun = PETSC_TRUE;
  for (int i = 0; i < b->rank; i++)
    if (!b->size[i]) return PETSC_FALSE;
  return PETSC_TRUE;
}

/* FieldBlocksNext - reads the next block into b->value, b->count numbers; 0 after the last, -1 when it cannot be read. Not collective. */
int FieldBlocksNext(FieldBlocks *b, hid_t dataset)
{
  hsize_t width[H5S_MAX_RANK];
  hid_t   space, memory;
  herr_t  status;

  if (!Advance(b)) return 0;
  b->count = 1;
  for (int i = 0; i < b->rank; i++) {
    width[i] = PetscMin(b->block[i], b->size[i] - b->start[i]);
    b->count *= (size_t)width[i];
  }
  space  = H5Dget_space(dataset);
  memory = H5Screate_simple(b->rank, width, NULL);
  (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, b->start, NULL, width, NULL);
  status = H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, b->value);
  (void)H5Sclose(memory);
  (void)H5Sclose(space);
  return status < 0 ? -1 : 1;
}
