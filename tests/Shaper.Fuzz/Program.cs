using System.Diagnostics;
using Shaper.Fuzz;
using SharpFuzz;

// shaper-fuzz afl                         under afl-fuzz with an instrumented engine, see run-afl
// shaper-fuzz blind [SECONDS] [SEED]      seeded mutations of the corpus, without coverage feedback
// shaper-fuzz file PATH...                the target once for each file, to look at a finding
switch (args)
{
    case ["afl"]:
        Fuzzer.OutOfProcess.Run(static stream =>
        {
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            FrameTarget.Run(bytes.ToArray());
        });
        return 0;

    case ["blind", ..] when args.Length <= 3:
        return Blind(args.Length > 1 ? int.Parse(args[1]) : 60, args.Length > 2 ? int.Parse(args[2]) : Environment.TickCount);

    case ["file", _, ..]:
        foreach (string path in args.AsSpan(1))
        {
            FrameTarget.Run(File.ReadAllBytes(path));
            Console.WriteLine($"{path}: holds");
        }

        return 0;

    default:
        Console.Error.WriteLine("usage: shaper-fuzz afl | blind [SECONDS] [SEED] | file PATH...");
        return 2;
}

static int Blind(int seconds, int seed)
{
    Mutator mutator = new(Corpus.Load(), seed);
    Stopwatch watch = Stopwatch.StartNew();
    long inputs = 0;
    while (watch.Elapsed.TotalSeconds < seconds)
    {
        byte[] input = mutator.Next();
        inputs++;
        try
        {
            FrameTarget.Run(input);
        }
        catch (Exception e)
        {
            string path = Path.GetFullPath($"finding-{seed}-{inputs}.bin");
            File.WriteAllBytes(path, input);
            Console.Error.WriteLine($"{e.GetType().Name}: {e.Message}\ninput kept in {path}");
            return 1;
        }
    }

    Console.WriteLine($"{inputs} inputs in {watch.Elapsed.TotalSeconds:0} s with seed {seed}: every one holds");
    return 0;
}
