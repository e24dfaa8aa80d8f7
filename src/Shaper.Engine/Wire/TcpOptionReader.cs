namespace Shaper.Engine.Wire;

/// <summary>Steps through TCP options (RFC 9293, 3.1), bounded by the header.</summary>
/// <remarks>
/// <code>TcpOptionReader reader = new(view.OptionBytes); while (reader.TryNext()) { ... reader.Kind, reader.Data ... }</code>
/// Ends at the end-of-list option, at the end of the header, or at an option whose length is impossible; only the last makes it malformed.
/// </remarks>
public ref struct TcpOptionReader
{
    private readonly ReadOnlySpan<byte> _options;
    private int _next;

    public TcpOptionReader(ReadOnlySpan<byte> options)
    {
        _options = options;
    }

    /// <summary>Kind of the option reached; no-operations are stepped over.</summary>
    public byte Kind { get; private set; }

    /// <summary>Where the kind byte of the option lies, counted from the first option byte.</summary>
    public int Offset { get; private set; }

    /// <summary>The option without kind and length.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>An option said a length below two or beyond the header.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Moves to the next option. False at the end.</summary>
    public bool TryNext()
    {
        while (_next < _options.Length)
        {
            byte kind = _options[_next];
            if (kind == TcpOptionKind.End)
            {
                break;
            }

            if (kind == TcpOptionKind.NoOperation)
            {
                _next++;
                continue;
            }

            int left = _options.Length - _next;
            int lengthBytes = left < 2 ? 0 : _options[_next + 1];
            if (lengthBytes < 2 || lengthBytes > left)
            {
                IsMalformed = true;
                break;
            }

            Kind = kind;
            Offset = _next;
            Data = _options.Slice(_next + 2, lengthBytes - 2);
            _next += lengthBytes;
            return true;
        }

        _next = _options.Length;
        return false;
    }
}
