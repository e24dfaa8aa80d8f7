using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>One open file descriptor, closed once, by whoever owns this object.</summary>
public sealed partial class FileDescriptor : SafeHandle
{
    /// <summary>For the marshaller, which fills in what the call returned.</summary>
    public FileDescriptor()
        : base(-1, ownsHandle: true)
    {
    }

    /// <summary>Takes over a descriptor that a call has returned.</summary>
    public FileDescriptor(int descriptor)
        : this() => SetHandle(descriptor);

    public override bool IsInvalid => handle < 0;

    /// <summary>The number, for structures that carry it into the kernel; valid while this object is open.</summary>
    public int Number => (int)handle;

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int fd);
}
