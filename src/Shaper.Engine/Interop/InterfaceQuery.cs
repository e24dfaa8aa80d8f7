using System.Runtime.InteropServices;
using System.Text;

namespace Shaper.Engine.Interop;

/// <summary>Asks the kernel about network interfaces, in the network namespace in which it was opened. Used by one thread; a question is three ioctls.</summary>
public sealed unsafe class InterfaceQuery : IDisposable
{
    private readonly FileDescriptor _control = LibcSocket.Open("socket(AF_INET)", LibcSocket.AF_INET, LibcSocket.SOCK_DGRAM);

    /// <summary>False when there is no interface of that name.</summary>
    public bool TryGet(string name, out InterfaceFacts facts)
    {
        facts = default;
        LibcInterface.InterfaceRequest request = default;
        int bytes = Encoding.UTF8.GetByteCount(name);
        if (bytes is 0 or >= LibcInterface.IFNAMSIZ)
        {
            return false;
        }

        Encoding.UTF8.GetBytes(name, new Span<byte>(request.Name, bytes));
        if (!Ask(LibcInterface.SIOCGIFINDEX, name, ref request, out int index)
            || !Ask(LibcInterface.SIOCGIFMTU, name, ref request, out int mtu)
            || !Ask(LibcInterface.SIOCGIFFLAGS, name, ref request, out int flags))
        {
            return false;
        }

        bool up = (flags & LibcInterface.IFF_UP) != 0;
        facts = new(index, mtu, up, up && (flags & LibcInterface.IFF_RUNNING) != 0);
        return true;
    }

    /// <summary>Whether the interface of this index is still there: one ioctl that waits for nobody, a third of a microsecond.</summary>
    public bool Exists(int index)
    {
        LibcInterface.InterfaceRequest request = default;
        request.Value = index;
        return LibcInterface.ioctl(_control, LibcInterface.SIOCGIFNAME, &request) == 0;
    }

    public void Dispose() => _control.Dispose();

    private bool Ask(nuint what, string name, ref LibcInterface.InterfaceRequest request, out int answer)
    {
        fixed (LibcInterface.InterfaceRequest* argument = &request)
        {
            request.Value = 0;
            if (LibcInterface.ioctl(_control, what, argument) == 0)
            {
                // The flags are a short; what follows them in the union is zero.
                answer = what == LibcInterface.SIOCGIFFLAGS ? (ushort)request.Value : request.Value;
                return true;
            }
        }

        answer = 0;
        int errno = Marshal.GetLastPInvokeError();
        return errno is Errno.ENODEV or Errno.ENXIO ? false : throw new LinuxException($"ioctl(0x{what:x}, {name})", errno);
    }
}
