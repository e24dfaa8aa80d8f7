using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>
/// The few calls of libpcap that SharpPcap does not offer, or not in a form that neither throws nor allocates a frame: on handles that SharpPcap has
/// opened and owns.
/// </summary>
public static unsafe partial class LibPcap
{
    private const string Library = "pcap";
    private const int PCAP_D_IN = 1;

    /// <summary>Debian's and Ubuntu's name first, then everybody else's, then that of the development package.</summary>
    private static readonly string[] FileNames = ["libpcap.so.0.8", "libpcap.so.1", "libpcap.so"];

    /// <summary>Whether the library can be loaded.</summary>
    public static bool IsInstalled
    {
        get
        {
            nint library = Load();
            return library != 0;
        }
    }

    /// <summary>Has the handle leave out frames that this host sends. False when libpcap cannot; the kernel may still (see <see cref="IgnoreOutgoing"/>).</summary>
    public static bool CaptureInboundOnly(nint pcap) => pcap_setdirection(pcap, PCAP_D_IN) == 0;

    /// <summary>The handle's file descriptor for poll(2).</summary>
    public static int SelectableDescriptor(nint pcap) => pcap_get_selectable_fd(pcap);

    /// <summary>Has the kernel leave out frames that this host sends, before they are copied at all (Linux 4.20).</summary>
    public static bool IgnoreOutgoing(nint pcap)
    {
        int one = 1;
        return LibcSocket.setsockopt(pcap_get_selectable_fd(pcap), LibcPacket.SOL_PACKET, LibcPacket.PACKET_IGNORE_OUTGOING, &one, sizeof(int)) == 0;
    }

    /// <summary>Turns receiving off on a handle that is only sent on: binds its socket to protocol 0.</summary>
    public static bool StopReceiving(nint pcap, int interfaceIndex)
    {
        LibcPacket.LinkAddress address = new() { Family = LibcSocket.AF_PACKET, InterfaceIndex = interfaceIndex };
        return LibcSocket.bind(pcap_get_selectable_fd(pcap), &address, (uint)sizeof(LibcPacket.LinkAddress)) == 0;
    }

    /// <summary>Frames that the kernel dropped since the handle was activated, or -1. The structure is three C ints, whatever the word size.</summary>
    public static long Drops(nint pcap)
    {
        Statistics statistics;
        return pcap_stats(pcap, &statistics) == 0 ? statistics.Dropped : -1;
    }

    /// <summary>Sends one frame. False when it was not accepted; <paramref name="errno"/> says why.</summary>
    public static bool TryInject(nint pcap, ReadOnlySpan<byte> frame, out int errno)
    {
        fixed (byte* data = frame)
        {
            if (pcap_inject(pcap, data, (nuint)frame.Length) >= 0)
            {
                errno = 0;
                return true;
            }
        }

        errno = Marshal.GetLastPInvokeError();
        return false;
    }

    /// <summary>The frame behind the two pointers that pcap_next_ex gives; valid until the next call.</summary>
    public static CapturedFrame Read(nint header, nint data, bool nanoseconds)
    {
        PacketHeader* packet = (PacketHeader*)header;
        return new(
            new ReadOnlySpan<byte>((void*)data, (int)packet->CapturedLength),
            (int)packet->Length,
            (packet->Seconds * 1_000_000_000) + (nanoseconds ? packet->Fraction : packet->Fraction * 1_000));
    }

#pragma warning disable CA2255 // must be in place before the first call of any of these
    [ModuleInitializer]
    internal static void RegisterResolver() =>
        NativeLibrary.SetDllImportResolver(typeof(LibPcap).Assembly, static (name, _, _) => name == Library ? Load() : 0);
#pragma warning restore CA2255

    private static nint Load()
    {
        foreach (string file in FileNames)
        {
            if (NativeLibrary.TryLoad(file, out nint library))
            {
                return library;
            }
        }

        return 0;
    }

    [LibraryImport(Library)]
    private static partial int pcap_setdirection(nint pcap, int direction);

    [LibraryImport(Library)]
    private static partial int pcap_get_selectable_fd(nint pcap);

    [LibraryImport(Library)]
    private static partial int pcap_stats(nint pcap, Statistics* statistics);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int pcap_inject(nint pcap, void* data, nuint length);

    /// <summary>struct pcap_pkthdr on a 64-bit machine.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PacketHeader
    {
        public long Seconds;
        public long Fraction;
        public uint CapturedLength;
        public uint Length;
    }

    /// <summary>struct pcap_stat on Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Statistics
    {
        public uint Received;
        public uint Dropped;
        public uint DroppedByInterface;
    }
}
