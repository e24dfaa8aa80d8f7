namespace Shaper.Fuzz;

/// <summary>
/// Makes new inputs from old ones: cuts, repeats, splices and overwrites, with a taste for lengths and protocol numbers. Blind: it does not learn which
/// inputs reach new code.
/// </summary>
/// <remarks>The same seed gives the same inputs.</remarks>
public sealed class Mutator
{
    private const int LongestBytes = 9_216;

    private static readonly byte[] LikedBytes = [0, 1, 4, 5, 6, 8, 11, 17, 40, 43, 44, 50, 51, 58, 59, 60, 0x45, 0x4F, 0x60, 0x81, 0x88, 0xA8, 0xDD, 0x86, 0x7F, 0x80, 0xFF];

    private readonly IReadOnlyList<byte[]> _corpus;
    private readonly Random _random;

    public Mutator(IReadOnlyList<byte[]> corpus, int seed)
    {
        _corpus = corpus;
        _random = new(seed);
    }

    /// <summary>A corpus file with one to eight changes.</summary>
    public byte[] Next()
    {
        List<byte> bytes = [.. _corpus[_random.Next(_corpus.Count)]];
        for (int change = _random.Next(1, 9); change > 0; change--)
        {
            Change(bytes);
        }

        return bytes.Count <= LongestBytes ? [.. bytes] : [.. bytes[..LongestBytes]];
    }

    private void Change(List<byte> bytes)
    {
        if (bytes.Count == 0)
        {
            bytes.Add((byte)_random.Next(256));
            return;
        }

        // Most of what matters lies in the first hundred bytes.
        int at = _random.Next(_random.Next(3) == 0 ? bytes.Count : Math.Min(bytes.Count, 100));
        int length = Math.Min(_random.Next(1, 17), bytes.Count - at);
        switch (_random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1:
                bytes[at] = LikedBytes[_random.Next(LikedBytes.Length)];
                break;
            case 2:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 3:
                bytes[at] += (byte)_random.Next(-4, 5);
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 6:
                byte[] piece = [.. bytes[at..(at + length)]];
                for (int times = _random.Next(1, _random.Next(8) == 0 ? 600 : 4); times > 0; times--)
                {
                    bytes.InsertRange(at, piece);
                }

                break;
            default:
                byte[] other = _corpus[_random.Next(_corpus.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(Math.Min(at, other.Length)));
                break;
        }
    }
}
