using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>A system call that failed: which one, on what, and the kernel's errno. Never thrown for a frame.</summary>
public sealed class LinuxException : IOException
{
    public LinuxException(string call, int errno)
        : base($"{call}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
    {
        Call = call;
        Errno = errno;
    }

    /// <summary>The call and its object, such as <c>ioctl(SIOCBRADDIF, br0)</c>.</summary>
    public string Call { get; }

    /// <summary>As the kernel numbers them; see <see cref="Interop.Errno"/>.</summary>
    public int Errno { get; }

    /// <summary>The exception for the call that has just failed on this thread: reads errno, so call it at once.</summary>
    public static LinuxException FromLastError(string call) => new(call, Marshal.GetLastPInvokeError());
}
