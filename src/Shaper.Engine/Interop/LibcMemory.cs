using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>mmap(2).</summary>
internal static unsafe partial class LibcMemory
{
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MAP_POPULATE = 0x8000;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint mmap(void* address, nuint length, int protection, int flags, FileDescriptor fd, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int munmap(void* address, nuint length);
}
