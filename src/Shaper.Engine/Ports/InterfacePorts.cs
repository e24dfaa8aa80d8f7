using Shaper.Engine.Interop;
using SharpPcap;

namespace Shaper.Engine.Ports;

/// <summary>Both halves of the port on one network interface, opened together. Opens in the calling thread's network namespace.</summary>
/// <param name="Capture">Used by the capture side's thread.</param>
/// <param name="Inject">Used by the shaping thread.</param>
/// <param name="MtuBytes">The interface's MTU when it was opened; slots must take <see cref="EthernetSize.LongestFrame"/> of it.</param>
public sealed record InterfacePorts(ICapturePort Capture, IInjectPort Inject, int MtuBytes) : IDisposable
{
    private const string NeedsRoot = "opening a packet socket needs root, or the capabilities CAP_NET_RAW and CAP_NET_ADMIN";

    /// <summary>Opens both halves, or none.</summary>
    /// <exception cref="PortException">No such interface, no privilege, libpcap missing, or whatever the kernel says: one line, fit for an operator.</exception>
    public static InterfacePorts Open(PortKind kind, string name)
    {
        IInjectPort? inject = null;
        try
        {
            int mtu = MtuOf(name);
            inject = kind == PortKind.Ring ? new RingInjectPort(name) : new PcapInjectPort(name);
            ICapturePort capture = kind == PortKind.Ring ? new RingCapturePort(name) : new PcapCapturePort(name);
            return new(capture, inject, mtu);
        }
        catch (Exception fault) when (Explain(fault) is not null)
        {
            inject?.Dispose();
            throw fault as PortException ?? new PortException(name, Explain(fault)!, fault);
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

    private static string? Explain(Exception fault) => fault switch
    {
        PortException => fault.Message,
        LinuxException { Errno: Errno.EPERM or Errno.EACCES } => NeedsRoot,
        LinuxException => fault.Message,
        PcapException { Error: PcapError.PermissionDenied } => NeedsRoot,
        PcapException => fault.Message.ReplaceLineEndings(" ").Trim(),
        DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException } =>
            "libpcap is not installed (Debian, Ubuntu: apt-get install libpcap0.8), or use the ring port",
        _ => null,
    };
}
