/* SPDX-License-Identifier: MIT */

/* Reports progress, less of it too, and raises a signal. The exit code is the first error. */

__attribute__((import_module("veracruz"), import_name("progress"))) int progress(int percent);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise"))) int
raise_signal(int number);

int main(void)
{
    int error = progress(30);

    if (error == 0)
        error = progress(70);
    if (error == 0)
        error = progress(50);
    if (error == 0)
        error = raise_signal(15);
    return error;
}
