namespace Shaper.Engine.Buffers;

/// <summary>The one padding constant: two lines of 64 B, because x86 prefetches lines in pairs.</summary>
internal static class CacheLine
{
    public const int PaddingBytes = 128;
}
