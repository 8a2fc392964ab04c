declare module "asciinema-player" {
  export function create(
    source: { data: string },
    box: HTMLElement,
    options: Record<string, unknown>,
  ): { seek(position: number): Promise<void>; play(): Promise<void>; dispose(): void };
}

declare module "*.css";

declare module "*.txt" {
  const text: string;
  export default text;
}
