using System.Numerics;
using System.Runtime.CompilerServices;

namespace Shaper.Engine.Interop;

/// <summary>
/// A TPACKET_V2 receive ring: the kernel writes the frames of one interface into memory shared with us, the reader takes them one after
/// another without a system call.
/// </summary>
/// <remarks>
/// Protocol per slot: the kernel fills it and then sets its status to "user" (we read the status with acquire); we read the frame and then set
/// "kernel" (release). The kernel never skips a slot: while the next one is ours it drops and counts. Version 2, not 3, because 3 hands frames over in
/// blocks and holds them until a block is full or times out, which costs a millisecond. Frames that this host sends on the interface are left
/// out by the kernel (PACKET_IGNORE_OUTGOING), and receive time stamping is kept on (SO_TIMESTAMPNS), so that a frame's time is when the kernel
/// received it and not when it was copied. One thread. Source: Documentation/networking/packet_mmap.rst of Linux, packet(7).
/// </remarks>
public sealed unsafe class ReceiveRing : IDisposable
{
    private const int SmallestSlotBytes = 2_048;

    /// <summary>The kernel puts its header, the socket address and alignment in front of a frame.</summary>
    private const int HeaderRoomBytes = LibcPacket.TPACKET2_HDRLEN + 44;
    private const int BlockBytes = 256 * 1024;

    private readonly FileDescriptor _socket;
    private readonly int _slotBytes;
    private readonly int _slots;
    private readonly nuint _mappedBytes;
    private byte* _base;
    private byte* _current;
    private byte* _end;
    private long _drops;

    /// <param name="interfaceIndex">The kernel's number of the interface.</param>
    /// <param name="longestFrameBytes">Frames up to this length, Ethernet header included, are not cut.</param>
    /// <param name="frames">Frames the kernel can store before it must drop; rounded up.</param>
    public ReceiveRing(int interfaceIndex, int longestFrameBytes, int frames)
    {
        _slotBytes = SlotBytesFor(longestFrameBytes);
        int perBlock = Math.Max(1, BlockBytes / _slotBytes);
        int blocks = (frames + perBlock - 1) / perBlock;
        _slots = blocks * perBlock;
        _mappedBytes = (nuint)_slots * (nuint)_slotBytes;
        _socket = PacketSocket.Open();
        try
        {
            Option("PACKET_VERSION", LibcPacket.PACKET_VERSION, LibcPacket.TPACKET_V2);
            Option("PACKET_IGNORE_OUTGOING", LibcPacket.PACKET_IGNORE_OUTGOING, 1);
            LibcSocket.SetOption(_socket, "setsockopt(SO_TIMESTAMPNS)", LibcSocket.SOL_SOCKET, LibcSocket.SO_TIMESTAMPNS, 1);
            Map(blocks, perBlock * _slotBytes);
            PacketSocket.JoinPromiscuous(_socket, interfaceIndex);
            PacketSocket.Bind(_socket, interfaceIndex, LibcPacket.ETH_P_ALL);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What to poll for reading.</summary>
    public int Descriptor => _socket.Number;

    /// <summary>Frames the kernel can store.</summary>
    public int Slots => _slots;

    /// <summary>Memory shared with the kernel.</summary>
    public long MappedBytes => (long)_mappedBytes;

    /// <summary>Memory that a frame takes in the ring. A power of two, so that slots lie one after another across the blocks' borders.</summary>
    public static int SlotBytesFor(int longestFrameBytes) =>
        (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(SmallestSlotBytes, HeaderRoomBytes + longestFrameBytes));

    /// <summary>The oldest frame that has not been released, if there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPeek(out CapturedFrame frame)
    {
        LibcPacket.RingHeader* header = (LibcPacket.RingHeader*)_current;
        uint status = Volatile.Read(ref header->Status);
        if ((status & LibcPacket.TP_STATUS_USER) == 0)
        {
            frame = default;
            return false;
        }

        uint tag = 0;
        if ((status & LibcPacket.TP_STATUS_VLAN_VALID) != 0)
        {
            uint tpid = (status & LibcPacket.TP_STATUS_VLAN_TPID_VALID) != 0 ? header->VlanTpid : LibcPacket.ETH_P_8021Q;
            tag = (tpid << 16) | header->VlanTci;
        }

        frame = new(
            new ReadOnlySpan<byte>(_current + header->MacOffset, (int)header->CapturedLength),
            (int)header->Length,
            (header->Seconds * 1_000_000_000L) + header->Nanoseconds,
            tag);
        return true;
    }

    /// <summary>Gives the slot of the frame last peeked at back to the kernel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release()
    {
        Volatile.Write(ref ((LibcPacket.RingHeader*)_current)->Status, LibcPacket.TP_STATUS_KERNEL);
        _current += _slotBytes;
        if (_current == _end)
        {
            _current = _base;
        }
    }

    /// <summary>Frames dropped by the kernel since the ring was opened. The kernel forgets its count on each reading; this keeps it.</summary>
    public long ReadDrops()
    {
        LibcPacket.RingStatistics statistics;
        uint length = (uint)sizeof(LibcPacket.RingStatistics);
        if (LibcSocket.getsockopt(_socket, LibcPacket.SOL_PACKET, LibcPacket.PACKET_STATISTICS, &statistics, &length) == 0)
        {
            _drops += statistics.Drops;
        }

        return _drops;
    }

    /// <summary>Takes the error that waits on the socket, such as ENETDOWN after the interface went down; while one waits, polling does not sleep.</summary>
    public int TakeError() => LibcSocket.TakeError(_socket);

    public void Dispose()
    {
        if (_base != null)
        {
            LibcMemory.munmap(_base, _mappedBytes);
            _base = null;
        }

        _socket.Dispose();
    }

    private void Map(int blocks, int blockBytes)
    {
        LibcPacket.RingRequest request = new()
        {
            BlockBytes = (uint)blockBytes,
            Blocks = (uint)blocks,
            FrameBytes = (uint)_slotBytes,
            Frames = (uint)_slots,
        };
        if (LibcSocket.setsockopt(
            _socket, LibcPacket.SOL_PACKET, LibcPacket.PACKET_RX_RING, &request, (uint)sizeof(LibcPacket.RingRequest)) != 0)
        {
            throw LinuxException.FromLastError($"setsockopt(PACKET_RX_RING, {_mappedBytes} bytes)");
        }

        nint address = LibcMemory.mmap(
            null, _mappedBytes, LibcMemory.PROT_READ | LibcMemory.PROT_WRITE, LibcMemory.MAP_SHARED | LibcMemory.MAP_POPULATE, _socket, 0);
        if (address == -1)
        {
            throw LinuxException.FromLastError($"mmap(packet ring, {_mappedBytes} bytes)");
        }

        _base = (byte*)address;
        _current = _base;
        _end = _base + _mappedBytes;
    }

    private void Option(string name, int option, int value) =>
        LibcSocket.SetOption(_socket, $"setsockopt({name})", LibcPacket.SOL_PACKET, option, value);
}
