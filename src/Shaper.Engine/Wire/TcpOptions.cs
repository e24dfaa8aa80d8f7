using System.Buffers.Binary;

namespace Shaper.Engine.Wire;

/// <summary>What the options of one TCP header say, read once: MSS (RFC 9293), window scale and timestamps (RFC 7323), SACK (RFC 2018).</summary>
/// <remarks>An option of the wrong length counts as absent; of an option given twice the last counts. An immutable value.</remarks>
public readonly struct TcpOptions
{
    /// <summary>No-operation, no-operation, timestamps, 10 B: how nearly every segment of a live connection looks.</summary>
    private const uint CommonTimestampPrefix = 0x0101080A;

    /// <summary>Largest shift that RFC 7323 (2.3) lets a receiver use; a larger one is to be taken as this.</summary>
    public const int MaxWindowScale = 14;

    private readonly sbyte _windowScalePlusOne;

    private TcpOptions(ushort mss, sbyte windowScalePlusOne, bool sackPermitted, byte sackBlocks, bool hasTimestamps, uint value, uint echo, bool malformed)
    {
        MssBytes = mss;
        _windowScalePlusOne = windowScalePlusOne;
        SackPermitted = sackPermitted;
        SackBlocks = sackBlocks;
        HasTimestamps = hasTimestamps;
        TimestampValue = value;
        TimestampEcho = echo;
        IsMalformed = malformed;
    }

    /// <summary>0 where the option is absent.</summary>
    public ushort MssBytes { get; }

    public bool HasWindowScale => _windowScalePlusOne != 0;

    /// <summary>Shift of the window, at most <see cref="MaxWindowScale"/>; 0 where the option is absent.</summary>
    public int WindowScale => Math.Max(0, _windowScalePlusOne - 1);

    public bool SackPermitted { get; }

    /// <summary>Blocks of selective acknowledgement; 0 where the segment carries none.</summary>
    public byte SackBlocks { get; }

    public bool HasTimestamps { get; }

    public uint TimestampValue { get; }

    public uint TimestampEcho { get; }

    /// <summary>The walk ended at an impossible length; what was read before it stands.</summary>
    public bool IsMalformed { get; }

    /// <param name="options">See <see cref="TcpView.OptionBytes"/>.</param>
    public static TcpOptions Read(ReadOnlySpan<byte> options)
    {
        if (options.IsEmpty)
        {
            return default;
        }

        return AreTimestampsAlone(options, out uint value, out uint echo) ? new(0, 0, false, 0, true, value, echo, false) : Walk(options);
    }

    /// <summary>Whether there are timestamps and nothing else, laid out as RFC 7323 recommends (appendix A); what they say.</summary>
    public static bool AreTimestampsAlone(ReadOnlySpan<byte> options, out uint value, out uint echo)
    {
        if (options.Length == 12 && BinaryPrimitives.ReadUInt32BigEndian(options) == CommonTimestampPrefix)
        {
            value = BinaryPrimitives.ReadUInt32BigEndian(options.Slice(4, sizeof(uint)));
            echo = BinaryPrimitives.ReadUInt32BigEndian(options.Slice(8, sizeof(uint)));
            return true;
        }

        value = echo = 0;
        return false;
    }

    /// <summary>Whether there is a Fast Open cookie among them (RFC 7413); an empty option only asks for one.</summary>
    public static bool OfferFastOpen(ReadOnlySpan<byte> options)
    {
        TcpOptionReader reader = new(options);
        while (reader.TryNext())
        {
            if (reader.Kind == TcpOptionKind.FastOpen && !reader.Data.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    private static TcpOptions Walk(ReadOnlySpan<byte> options)
    {
        ushort mss = 0;
        sbyte windowScalePlusOne = 0;
        bool sackPermitted = false;
        byte sackBlocks = 0;
        bool hasTimestamps = false;
        uint value = 0;
        uint echo = 0;
        TcpOptionReader reader = new(options);
        while (reader.TryNext())
        {
            ReadOnlySpan<byte> data = reader.Data;
            switch (reader.Kind)
            {
                case TcpOptionKind.MaximumSegmentSize when data.Length == 2:
                    mss = BinaryPrimitives.ReadUInt16BigEndian(data);
                    break;
                case TcpOptionKind.WindowScale when data.Length == 1:
                    windowScalePlusOne = (sbyte)(Math.Min((int)data[0], MaxWindowScale) + 1);
                    break;
                case TcpOptionKind.SackPermitted when data.IsEmpty:
                    sackPermitted = true;
                    break;
                case TcpOptionKind.Sack when data.Length % 8 == 0:
                    sackBlocks = (byte)(data.Length / 8);
                    break;
                case TcpOptionKind.Timestamps when data.Length == 8:
                    hasTimestamps = true;
                    value = BinaryPrimitives.ReadUInt32BigEndian(data);
                    echo = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
                    break;
                default:
                    break;
            }
        }

        return new(mss, windowScalePlusOne, sackPermitted, sackBlocks, hasTimestamps, value, echo, reader.IsMalformed);
    }
}
