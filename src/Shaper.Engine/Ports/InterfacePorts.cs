using Shaper.Engine.Interop;

namespace Shaper.Engine.Ports;

/// <summary>Both halves of the port on one network interface, opened together. Opens in the calling thread's network namespace.</summary>
/// <param name="Capture">Used by the capture side's thread.</param>
/// <param name="Inject">Used by the shaping thread.</param>
/// <param name="MtuBytes">The interface's MTU when it was opened; slots must take <see cref="EthernetSize.LongestFrame"/> of it.</param>
public sealed record InterfacePorts(ICapturePort Capture, IInjectPort Inject, int MtuBytes) : IDisposable
{
    /// <summary>Opens both halves, or none.</summary>
    /// <exception cref="PortException">No such interface, no privilege, libpcap missing, or whatever the kernel says: one line, fit for an operator.</exception>
    public static InterfacePorts Open(PortKind kind, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(kind, PortKind.Ring);
        IInjectPort? inject = null;
        try
        {
            int mtu = MtuOf(name);
            inject = new RingInjectPort(name);
            return new(new RingCapturePort(name), inject, mtu);
        }
        catch (LinuxException fault)
        {
            inject?.Dispose();
            throw new PortException(
                name,
                fault.Errno is Errno.EPERM or Errno.EACCES
                    ? "opening a packet socket needs root, or the capability CAP_NET_RAW"
                    : fault.Message,
                fault);
        }
        catch (PortException)
        {
            inject?.Dispose();
            throw;
        }
    }

    /// <summary>Longest payload of the interface.</summary>
    /// <exception cref="PortException">No such interface.</exception>
    public static int MtuOf(string name)
    {
        using InterfaceWatch watch = new(name);
        return watch.Facts.MtuBytes;
    }

    public void Dispose()
    {
        Capture.Dispose();
        Inject.Dispose();
    }
}
