/* Texts of others on a terminal: a control character, an escape sequence's beginning or a byte that is no UTF-8 never gets there. */
#include <stdio.h>
#include <jko/private/sysimpl.h>

/* Bytes of the character that a text begins with, 0 for one that a terminal would obey (C0, DEL, C1) and for what is no UTF-8. Not
   collective; needs no PETSc. Source: RFC 3629, section 4. */
int JKOVisibleBytes(const char text[])
{
  const unsigned char *c     = (const unsigned char *)text;
  const int            bytes = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;

  if (bytes == 1) return c[0] >= 0x20 && c[0] != 0x7f;
  for (int i = 1; i < bytes; i++)
    if ((c[i] & 0xc0) != 0x80) return 0;
  if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
    return 0;
  return bytes == 2 && c[0] == 0xc2 && c[1] < 0xa0 ? 0 : bytes;
}

/* Copies what fits of a text; what is not visible becomes \x1b and its like. */
void JKOMakeVisible(const char text[], char visible[], size_t length)
{
  size_t used = 0;

  while (*text && used + 5 < length) {
    const int bytes = JKOVisibleBytes(text);

    if (bytes)
      memcpy(visible + used, text, (size_t)bytes);
    else
      (void)snprintf(visible + used, 5, "\\x%02x", (unsigned char)*text);
    used += bytes ? (size_t)bytes : 4;
    text += bytes ? bytes : 1;
  }
  visible[used] = 0;
}
